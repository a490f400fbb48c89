package com.shop.settlement.payments;

import com.shop.payments.v1.CaptureRequest;
import com.shop.payments.v1.PaymentReply;
import com.shop.payments.v1.PaymentsGrpc;
import io.grpc.Channel;

/** Captures orders that were left open, through orders-go. */
public class PaymentsClient {

    private final PaymentsGrpc.PaymentsBlockingStub stub;

    public PaymentsClient(Channel channel) {
        this.stub = PaymentsGrpc.newBlockingStub(channel);
    }

    public boolean captureLate(long orderId) {
        CaptureRequest request = CaptureRequest.newBuilder().setOrderId(orderId).build();
        PaymentReply reply = stub.capture(request);
        return "settled".equals(reply.getStatus());
    }
}
