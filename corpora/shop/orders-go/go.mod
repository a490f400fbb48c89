module example.com/shop/orders-go

go 1.19

require (
	github.com/go-chi/chi/v5 v5.0.12
	github.com/lib/pq v1.10.9
	github.com/segmentio/kafka-go v0.4.47
	google.golang.org/grpc v1.56.3
	google.golang.org/protobuf v1.31.0
)
