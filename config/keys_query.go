package config

import (
	"math"

	"starling/query"
)

func queryKeys(o *query.Options) []key {
	return []key{
		{"query.ttl_max", "", "Largest TTL accepted from neighbours; larger ones are cut to it.",
			number[uint8]{&o.TTLMax, 1, math.MaxUint8}},
		{"query.reach_max", "", "Bound of TTL + hops of a received query; the TTL is cut to fit.",
			number[uint8]{&o.ReachMax, 1, math.MaxUint8}},
		{"query.duplicates", "", "What happens to a further copy of a known query: larger-ttl forwards it again\nwhen its TTL is larger than any before, drop-all never does.",
			named[query.Rule]{&o.Duplicates, []string{query.LargerTTL: "larger-ttl", query.DropAll: "drop-all"}}},
		{"query.paths_max", "", "Queries remembered, for duplicates and the way back; some 300 bytes each.",
			number[int]{&o.PathsMax, 1, countLimit}},
		{"query.path_lifetime", "", "How long a query is remembered.",
			span{&o.PathLifetime, shortest}},
		{"query.waves_max", "", "Queries that may wait for echoes at a time.",
			number[int]{&o.WavesMax, 1, countLimit}},
		{"query.echo_per_hop", "", "Time that echoes are waited for, per link a query may still travel.",
			span{&o.EchoPerHop, shortest}},
		{"query.queries_per_sec", "", "Queries taken from each neighbour per second; unused shares are lent.",
			number[int]{&o.QueriesPerSec, 1, countLimit}},
		{"query.query_burst", "", "Queries taken from each neighbour at once.",
			number[int]{&o.QueryBurst, 1, countLimit}},
		{"query.own_queries_per_sec", "", "Queries of a neighbour's own taken per second, of those.",
			number[int]{&o.OwnQueriesPerSec, 1, countLimit}},
		{"query.own_query_burst", "", "Queries of a neighbour's own taken at once.",
			number[int]{&o.OwnQueryBurst, 1, countLimit}},
		{"query.hits_per_sec", "", "Hit batches of each neighbour whose signatures are checked per second.",
			number[int]{&o.HitsPerSec, 1, countLimit}},
		{"query.hits_burst", "", "Hit batches of each neighbour checked at once.",
			number[int]{&o.HitsBurst, 1, countLimit}},
		{"query.hit_bytes_per_link", "", "Hits of one query taken from, or sent to, one link.",
			size[int]{&o.HitBytesPerLink, 1, bytesLimit}},
		{"query.hit_bytes_per_holder", "", "Hits of one query taken from one holder.",
			size[int]{&o.HitBytesPerHolder, 1, bytesLimit}},
		{"query.malformed_max", "", "Malformed messages after which a neighbour is parted with.",
			number[int]{&o.MalformedMax, 1, countLimit}},
	}
}
