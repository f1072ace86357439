"""Serves the model: `uvicorn churn.serve:app`."""

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

from churn.features import features

app = FastAPI(title="churn")
model = joblib.load("model.joblib")


class Customer(BaseModel):
    tenure_months: int
    monthly_charge: float
    support_calls: int


@app.post("/predict")
def predict(customer: Customer) -> dict[str, float]:
    """Answers the probability that the customer leaves."""
    table = pd.DataFrame([customer.model_dump()])
    return {"probability": float(model.predict_proba(features(table))[0, 1])}
