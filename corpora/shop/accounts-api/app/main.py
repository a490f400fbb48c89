"""The application: `uvicorn app.main:app`."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app import routes
from app.accounts import UnknownAccount
from app.ledger import LedgerError

app = FastAPI(title="accounts-api")
app.include_router(routes.accounts, prefix="/api")
app.include_router(routes.wallets, prefix="/api")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.exception_handler(UnknownAccount)
def unknown_account(request: Request, error: UnknownAccount) -> JSONResponse:
    return JSONResponse({"detail": f"no account {error}"}, status_code=404)


@app.exception_handler(LedgerError)
def refused(request: Request, error: LedgerError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=409)
