package codec

import (
	"encoding/binary"

	"todoshell/todo"
)

// A Replica says which source a folder is a replica of, and how far it has followed each of
// the source's partitions.
type Replica struct {
	Source   string
	Position todo.Position // one version for each partition
}

// Encode encodes what is known of a replica.
func (r Replica) Encode() []byte {
	b := make([]byte, 1, 16+len(r.Source)+10*len(r.Position))
	b[0] = latest
	b = binary.AppendUvarint(appendString(b, r.Source), uint64(len(r.Position)))
	for _, v := range r.Position {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return seal(b)
}

// DecodeReplica returns what a value says of a replica.
func DecodeReplica(value []byte) (r Replica, err error) {
	d, err := unseal(value)
	if err != nil {
		return r, err
	}
	r.Source = string(d.text())
	r.Position = make(todo.Position, d.count(1))
	for i := range r.Position {
		r.Position[i] = todo.Version(d.number())
	}
	return r, d.end()
}
