extension [String: Int] {
    /// Keys with their numbers, the largest first, equal ones by name.
    package var ranked: [(name: String, rows: Int)] {
        map { (name: $0.key, rows: $0.value) }
            .sorted {
                $0.rows == $1.rows
                    ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.rows > $1.rows
            }
    }
}
