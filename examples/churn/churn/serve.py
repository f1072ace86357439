"""Serves the model: `uvicorn churn.serve:app`."""

from fastapi import FastAPI
from pydantic import BaseModel

from churn.predict import predict as predict_one

app = FastAPI(title="churn")


class Customer(BaseModel):
    tenure_months: int
    monthly_charge: float
    last_call_seconds: float


@app.post("/predict")
def predict(customer: Customer) -> dict:
    """Answers how likely the customer leaves, and what to do about it."""
    return predict_one(customer.model_dump())
