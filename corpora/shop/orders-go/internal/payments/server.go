// Package payments is the gRPC side of the service.
package payments

import (
	"context"

	"example.com/shop/orders-go/gen/paymentsv1"
	"example.com/shop/orders-go/internal/settle"
	"example.com/shop/orders-go/internal/store"
)

// Server implements shop.payments.v1.Payments.
type Server struct {
	paymentsv1.UnimplementedPaymentsServer
	settler *settle.Service
	store   store.Store
}

// NewServer shares its parts with the HTTP side.
func NewServer(settler *settle.Service, s store.Store) *Server {
	return &Server{settler: settler, store: s}
}

// Capture charges the user and settles the order.
func (s *Server) Capture(ctx context.Context, req *paymentsv1.CaptureRequest) (*paymentsv1.PaymentReply, error) {
	o, err := s.settler.Settle(ctx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	return &paymentsv1.PaymentReply{OrderId: o.ID, Status: string(o.Status)}, nil
}

// Void cancels an order nobody has paid for.
func (s *Server) Void(ctx context.Context, req *paymentsv1.VoidRequest) (*paymentsv1.PaymentReply, error) {
	o, err := s.store.Get(ctx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	if err := o.Cancel(); err != nil {
		return nil, err
	}
	if err := s.store.UpdateStatus(ctx, o.ID, o.Status); err != nil {
		return nil, err
	}
	return &paymentsv1.PaymentReply{OrderId: o.ID, Status: string(o.Status)}, nil
}
