"""Predicts for one customer: `churn.predict:predict`."""

from pathlib import Path

import joblib

from churn.features import features

model = joblib.load(Path(__file__).parent.parent / "model.joblib")


def predict(customer: dict) -> dict:
    """Answers how likely the customer leaves, and what the service does about it."""
    probability = float(model.predict_proba(features(customer).reshape(1, -1))[0, 1])
    return {"probability": probability, "offer": "discount" if probability >= 0.5 else "none"}
