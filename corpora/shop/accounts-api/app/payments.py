"""Pays for orders: orders-go does it, over gRPC."""

import os

import grpc

from app.gen import payments_pb2, payments_pb2_grpc


class PaymentsClient:
    """One channel to the payments service of orders-go."""

    def __init__(self, target: str | None = None) -> None:
        self.channel = grpc.insecure_channel(target or os.environ.get("PAYMENTS_TARGET", "localhost:9090"))
        self.stub = payments_pb2_grpc.PaymentsStub(self.channel)

    def capture(self, order_id: int) -> str:
        reply = self.stub.Capture(payments_pb2.CaptureRequest(order_id=order_id))
        return reply.status

    def close(self) -> None:
        self.channel.close()


def get_payments() -> PaymentsClient:
    return PaymentsClient()
