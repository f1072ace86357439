"""Writes one file of each kind that torch writes, into the current directory."""

import pickle
import warnings

import torch

warnings.simplefilter("ignore")
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(4, 3),
    torch.nn.ReLU(),
    torch.nn.Conv1d(1, 2, 3),
    torch.nn.BatchNorm1d(2),
    torch.nn.LSTM(3, 2),
    torch.nn.TransformerEncoderLayer(4, 2),
)
optimizer = torch.optim.AdamW(model.parameters())
torch.save(model.state_dict(), "state_dict.pt")
torch.save(model, "module.pt")
torch.save(model.state_dict(), "state_dict_legacy.pt", _use_new_zipfile_serialization=False)
torch.save(model, "module_legacy.pt", _use_new_zipfile_serialization=False)
torch.save(
    {
        "epoch": 3,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 2).state_dict(),
    },
    "checkpoint.ckpt",
)
torch.save(
    {
        "bfloat16": torch.ones(3, dtype=torch.bfloat16),
        "int8": torch.ones(2, dtype=torch.int8),
        "bool": torch.ones(2, dtype=torch.bool),
        "complex": torch.ones(2, dtype=torch.complex64),
        "sparse": torch.eye(3).to_sparse(),
        "sparse_csr": torch.eye(3).to_sparse_csr(),
        "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "size": torch.Size([1]),
        "device": torch.device("cpu"),
        "type": torch.float16,
    },
    "types.pt",
)
torch.jit.save(torch.jit.script(torch.nn.Linear(4, 3)), "script.pt")
with open("plain.pkl", "wb") as file:
    pickle.dump(model.state_dict(), file)
print(torch.__version__)
