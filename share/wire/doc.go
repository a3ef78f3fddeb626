// Package wire frames and decodes the protobuf messages of every Starling
// protocol, with the limits that bytes from strangers need.
//
//	stream ──► ReadFrame (length checked, grows as bytes come)
//	                │ frame
//	                ▼
//	           Unmarshal (elements counted on the raw bytes) ──► message
//	message ──► AppendFrame / WriteFrame ──► stream
//
// Terms: a frame is a varint length followed by that many bytes of one protobuf
// message. An element is one field of it as it stands on the wire, at any
// depth, or one entry of a packed list.
//
// Goals: a claimed length allocates nothing by itself; a small frame cannot
// unfold into a large tree of Go structs (a megabyte of empty sub-messages
// decodes into 150 times its size when nobody counts first); fields this
// version does not know are skipped, so that later versions can add some.
//
// Non-goals: knowing any message. Each protocol package owns its own messages
// and says how large and how rich they may be.
//
// The package starts no goroutines and keeps no state.
package wire
