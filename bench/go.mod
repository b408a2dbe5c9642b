module todoshell/bench

go 1.26.0
