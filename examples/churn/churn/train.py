"""Trains the model on made-up customers: writes model.joblib, and customers.csv to try it on."""

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import COLUMNS, features


def customers(count: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Makes `count` customers, and whether each of them left."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "tenure_months": random.integers(1, 72, count),
            "monthly_charge": random.normal(65, 20, count).clip(15).round(2),
            "last_call_seconds": random.gamma(2, 150, count).round(1),
        },
        columns=COLUMNS,
    )
    minutes = table["last_call_seconds"] / 60
    risk = 0.02 * table["monthly_charge"] + 0.5 * minutes - 0.04 * table["tenure_months"]
    return table, (risk + random.normal(0, 0.7, count) > 2.2).to_numpy()


def main() -> None:
    table, left = customers(5_000, seed=7)
    rows = np.stack([features(customer) for customer in table.to_dict("records")])
    model = make_pipeline(StandardScaler(), LogisticRegression(random_state=7))
    model.fit(rows, left)
    joblib.dump(model, "model.joblib")
    customers(200, seed=8)[0].to_csv("customers.csv", index=False)


if __name__ == "__main__":
    main()
