Tmodule github.com/acme/pay

require github.com/a/b v1.0.0
