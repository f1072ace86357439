"""Trains the model on made-up customers and writes model.joblib."""

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import COLUMNS, features


def customers(count: int, seed: int = 7) -> tuple[pd.DataFrame, np.ndarray]:
    """Makes `count` customers, and whether each of them left."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "tenure_months": random.integers(1, 72, count),
            "monthly_charge": random.normal(65, 20, count).clip(15),
            "support_calls": random.poisson(1.5, count),
        },
        columns=COLUMNS,
    )
    risk = 0.02 * table["monthly_charge"] + 0.5 * table["support_calls"] - 0.05 * table["tenure_months"]
    return table, (risk + random.normal(0, 0.5, count) > 1).to_numpy()


def main() -> None:
    table, left = customers(5_000)
    model = make_pipeline(StandardScaler(), LogisticRegression(random_state=7))
    model.fit(features(table), left)
    joblib.dump(model, "model.joblib")


if __name__ == "__main__":
    main()
