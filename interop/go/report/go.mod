module latchkey/interop/report

go 1.26.0
