/// A schema's element with its children, and the levels that values of its columns count by.
///
/// Levels are those of Dremel (Melnik et al. 2010): the definition level counts the optional and
/// repeated elements on the way to a value that are there, the repetition level the repeated ones.
struct SchemaNode: Sendable {
    var name: String
    var element: FileMetadata.Element
    var repetition: Repetition
    /// The definition level from which on this element is there.
    var definition: Int
    /// The repetition level of a further element of this one, if it is repeated.
    var repetitionLevel: Int
    var children: [SchemaNode] = []
    /// The columns below, by number; one for a leaf.
    var columns: Range<Int>

    var isLeaf: Bool { element.physical != nil }
}

extension SchemaNode {
    /// Nesting that people make; deeper schemas are hostile.
    private static let deepest = 32

    /// The top-level elements of a footer's schema.
    static func tree(_ elements: [FileMetadata.Element]) throws(Damage) -> [SchemaNode] {
        var at = 1
        var column = 0
        var nodes: [SchemaNode] = []
        let count = elements[0].children
        guard count >= 0, count < elements.count else {
            throw Damage("the schema has another number of elements than it says")
        }
        for _ in 0..<count {
            nodes.append(try node(elements, &at, &column, 0, 0, depth: 1))
        }
        guard at == elements.count else {
            throw Damage("the schema has another number of elements than it says")
        }
        return nodes
    }

    private static func node(
        _ elements: [FileMetadata.Element], _ at: inout Int, _ column: inout Int,
        _ definition: Int, _ repetition: Int, depth: Int
    ) throws(Damage) -> SchemaNode {
        guard at < elements.count else {
            throw Damage("the schema has another number of elements than it says")
        }
        guard depth <= deepest else { throw Damage("the schema nests too deeply") }
        let element = elements[at]
        at += 1
        guard let kind = element.repetition else {
            throw Damage("an element of the schema has no repetition")
        }
        var node = SchemaNode(
            name: element.name, element: element, repetition: kind,
            definition: definition + (kind == .required ? 0 : 1),
            repetitionLevel: repetition + (kind == .repeated ? 1 : 0),
            columns: column..<column + 1)
        if element.physical != nil {
            guard element.children == 0 else { throw Damage("a column has columns below it") }
            if element.physical == .fixedLengthByteArray {
                guard (1...1 << 20).contains(element.length) else {
                    throw Damage("a column has values of \(element.length) bytes")
                }
            }
            column += 1
            return node
        }
        guard element.children > 0, element.children <= elements.count - at else {
            throw Damage("a group of the schema has \(element.children) elements")
        }
        let first = column
        for _ in 0..<element.children {
            node.children.append(
                try self.node(
                    elements, &at, &column, node.definition, node.repetitionLevel,
                    depth: depth + 1))
        }
        node.columns = first..<column
        return node
    }
}
