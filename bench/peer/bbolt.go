package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"time"

	"go.etcd.io/bbolt"
)

// bolt keeps each entry in its own place in a B+ tree on disk:
//
//	ids      LIST                 the last id of a list
//	entries  LIST 00 DATE 00 ID   a title
type bolt struct{ db *bbolt.DB }

var ids, entries = []byte("ids"), []byte("entries")

func openBolt(file string) (*bolt, error) {
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		return nil, err
	}
	db.MaxBatchDelay = 200 * time.Microsecond // about an fsync: a caller alone would wait for 10 ms
	return &bolt{db}, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(ids)
		_, err2 := tx.CreateBucketIfNotExists(entries)
		return errors.Join(err, err2)
	})
}

func (b *bolt) close() error { return b.db.Close() }

// add shares its transaction with others that come within the delay.
func (b *bolt) add(list, date, title string) (id uint64, err error) {
	err = b.db.Batch(func(tx *bbolt.Tx) error {
		id, err = boltAdd(tx, command{list, date, title})
		return err
	})
	return id, err
}

func (b *bolt) day(list, date string) (found []entry, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		found = boltDay(tx, list, date)
		return nil
	})
	return found, err
}

func boltAdd(tx *bbolt.Tx, c command) (uint64, error) {
	var id uint64
	if last := tx.Bucket(ids).Get([]byte(c.list)); last != nil {
		id = binary.BigEndian.Uint64(last)
	}
	id++
	number := binary.BigEndian.AppendUint64(nil, id)
	key := append([]byte(c.list+"\x00"+c.date+"\x00"), number...)
	return id, errors.Join(tx.Bucket(ids).Put([]byte(c.list), number), tx.Bucket(entries).Put(key, []byte(c.title)))
}

func boltDay(tx *bbolt.Tx, list, date string) (found []entry) {
	prefix := list + "\x00" + date + "\x00"
	cursor := tx.Bucket(entries).Cursor()
	for key, title := cursor.Seek([]byte(prefix)); len(key) == len(prefix)+8 && string(key[:len(prefix)]) == prefix; key, title = cursor.Next() {
		found = append(found, entry{binary.BigEndian.Uint64(key[len(prefix):]), date, string(title)})
	}
	return found
}

const transaction = 1000 // lines

// boltScript runs the lines in transactions, each printed after its fsync.
func boltScript(file string, lines *bufio.Scanner, out *bufio.Writer) error {
	b, err := openBolt(file)
	if err != nil {
		return err
	}
	for more := true; more; {
		var answers []answer
		err := b.db.Update(func(tx *bbolt.Tx) error {
			for more = lines.Scan(); more; more = lines.Scan() {
				c, err := parse(lines.Text())
				if err != nil {
					return err
				}
				var a answer
				if c.title == "" {
					a.entries = boltDay(tx, c.list, c.date)
				} else if a.id, err = boltAdd(tx, c); err != nil {
					return err
				}
				if answers = append(answers, a); len(answers) == transaction {
					break
				}
			}
			return lines.Err()
		})
		if err != nil {
			return err
		}
		for _, a := range answers {
			if err := a.write(out); err != nil {
				return err
			}
		}
	}
	return b.close()
}
