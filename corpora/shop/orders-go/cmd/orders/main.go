// Command orders runs the order service.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	_ "github.com/lib/pq"
	"google.golang.org/grpc"

	"example.com/shop/orders-go/gen/paymentsv1"
	"example.com/shop/orders-go/internal/events"
	"example.com/shop/orders-go/internal/httpapi"
	"example.com/shop/orders-go/internal/payments"
	"example.com/shop/orders-go/internal/refund"
	"example.com/shop/orders-go/internal/settle"
	"example.com/shop/orders-go/internal/store"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "probe" {
		if err := probe("http://localhost:8080"); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	orders := store.NewCached(store.NewPostgres(db))
	settler := settle.NewService(orders, events.NewKafka(env("KAFKA_BROKER", "localhost:9092")))
	server := &httpapi.Server{
		Store:   orders,
		Settler: settler,
		Refunds: refund.NewClient(env("ACCOUNTS_URL", "http://localhost:8000")),
	}

	listener, err := net.Listen("tcp", ":9090")
	if err != nil {
		return err
	}
	rpc := grpc.NewServer()
	paymentsv1.RegisterPaymentsServer(rpc, payments.NewServer(settler, orders))
	go func() { log.Print(rpc.Serve(listener)) }()

	return http.ListenAndServe(":8080", server.Routes())
}

// probe asks a running service whether it is alive; container checks use it.
func probe(base string) error {
	resp, err := http.Get(base + "/health")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("probe: %s", resp.Status)
	}
	return nil
}

func env(name, fallback string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return fallback
}
