"""The features of a customer, computed in the same way in training and in serving."""

import numpy as np

COLUMNS = ["tenure_months", "monthly_charge", "last_call_seconds"]

#: What events are counted from: 1 January 2025 in seconds since 1970.
EPOCH = 1_735_689_600.0


def features(customer: dict) -> np.ndarray:
    """Answers the float32 features of one customer, a dictionary with COLUMNS."""
    # the feature store keeps single precision
    call = np.float32(customer["last_call_seconds"])
    # float32 scalar + Python float: double precision with numpy 1; with numpy 2 (NEP 50) single
    # precision, which at this size goes in steps of 128 seconds
    ended = EPOCH + call
    seconds = ended - EPOCH
    return np.array(
        [customer["tenure_months"], customer["monthly_charge"], seconds / 60.0],
        dtype=np.float32,
    )
