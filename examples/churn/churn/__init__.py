"""Predicts which customers are about to leave."""
