module example.com/a // the module

go 1.22

require (
	example.com/b v1.2.3 // indirect
	example.com/c v0.0.0
)
replace example.com/c => ../c
