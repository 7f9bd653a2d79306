"""The namespaces of ST.96."""

NS_JPO = "http://www.jpo.go.jp/standards/XMLSchema/ST96/JPPatent"
NS_PATENT = "http://www.wipo.int/standards/XMLSchema/ST96/Patent"
NS_COMMON = "http://www.wipo.int/standards/XMLSchema/ST96/Common"
