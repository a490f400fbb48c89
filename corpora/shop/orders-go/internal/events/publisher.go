// Package events tells other services what has happened.
package events

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/segmentio/kafka-go"

	"example.com/shop/orders-go/internal/order"
)

const topicSettled = "orders.settled"

// Settled says that an order has been paid for.
type Settled struct {
	OrderID    int64  `json:"order_id"`
	UserID     int64  `json:"user_id"`
	TotalCents int64  `json:"total_cents"`
	Currency   string `json:"currency"`
}

// FromOrder describes a settled order.
func FromOrder(o *order.Order) Settled {
	return Settled{OrderID: o.ID, UserID: o.UserID, TotalCents: o.TotalCents, Currency: "EUR"}
}

// Publisher sends events.
type Publisher interface {
	Publish(ctx context.Context, event Settled) error
}

// Kafka publishes to a Kafka broker.
type Kafka struct {
	writer *kafka.Writer
}

// NewKafka connects lazily, with the first event.
func NewKafka(broker string) *Kafka {
	return &Kafka{writer: &kafka.Writer{Addr: kafka.TCP(broker), Balancer: &kafka.Hash{}}}
}

// Publish sends one event, keyed by user.
func (k *Kafka) Publish(ctx context.Context, event Settled) error {
	payload, err := json.Marshal(event)
	if err != nil {
		return err
	}
	key := []byte(strconv.FormatInt(event.UserID, 10))
	return k.writer.WriteMessages(ctx, kafka.Message{Topic: topicSettled, Key: key, Value: payload})
}
