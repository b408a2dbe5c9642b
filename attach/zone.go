package attach

import (
	"encoding/binary"
	"time"
)

// encodeZone returns the time zone of a location in the format of RFC 9636. Its name
// would not do: the other side may not know it, and "Local" is another zone there.
func encodeZone(zone *time.Location, now time.Time) []byte {
	const header = "TZif2\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" // and six counts
	type change struct {
		at     int64
		offset int
	}
	var changes []change
	for at := time.Unix(0, 0).In(zone); ; {
		_, offset := at.Zone()
		changes = append(changes, change{at.Unix(), offset})
		_, end := at.ZoneBounds()
		if end.IsZero() || end.After(now.AddDate(2, 0, 0)) || len(changes) == 256 {
			break
		}
		at = end
	}
	b := []byte(header)
	for range 6 { // the part for readers that know 32 bits only
		b = binary.BigEndian.AppendUint32(b, 0)
	}
	b = append(b, header...)
	for _, n := range []int{0, 0, 0, len(changes), len(changes), 1} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	for _, c := range changes {
		b = binary.BigEndian.AppendUint64(b, uint64(c.at))
	}
	for i := range changes { // each has a description of its own
		b = append(b, byte(i))
	}
	for _, c := range changes {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(c.offset)))
		b = append(b, 0, 0) // no summer time, and a name that is empty
	}
	return append(b, "\x00\n\n"...)
}
