import Glibc
import Testing

@testable import Records

private func readBytes(_ path: String) throws -> [UInt8] {
    try MappedFile(path: path).withBytes { Array($0) }
}

@Suite struct NumpyFileTests {
    /// `np.save` of `np.array([[1, 2, 3], [4, 5, 6]], dtype="<f4")` in NumPy 2.4.6, its header
    /// padded with spaces to 128 bytes.
    static func numpyBytes(
        dictionary: String = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0]
        bytes += dictionary.utf8
        bytes += repeatElement(0x20, count: 127 - bytes.count)
        bytes.append(0x0A)
        for value in [Float](arrayLiteral: 1, 2, 3, 4, 5, 6) {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
        }
        return bytes
    }

    @Test func `writes byte for byte what numpy writes`() throws {
        let scratch = Scratch()
        let path = "\(scratch.folder)/same.npy"
        try NumpyWriter.write(Matrix([[1, 2, 3], [4, 5, 6]]), to: path)
        #expect(try readBytes(path) == Self.numpyBytes())
    }

    @Test func `reads what numpy writes, row by row`() throws {
        let scratch = Scratch()
        let matrix = try NumpyFile.read(scratch.file("read.npy", Self.numpyBytes()))
        #expect(matrix.rows == 2 && matrix.columns == 3)
        #expect(matrix.withRow(1) { Array($0) } == [4, 5, 6])
        #expect(matrix.withRow(0) { Array($0) } == [1, 2, 3])
    }

    @Test func `a streamed file equals one written whole`() throws {
        let scratch = Scratch()
        let whole = "\(scratch.folder)/whole.npy"
        let streamed = "\(scratch.folder)/streamed.npy"
        var draws = CounterRNG(seed: 1, purpose: "numpy")
        let values = (0..<700 * 130).map { _ in Float(draws.unit()) }
        try NumpyWriter.write(Matrix(rows: 700, columns: 130, values: values), to: whole)
        var writer = try NumpyWriter(path: streamed, columns: 130)
        for row in stride(from: 0, to: 700, by: 7) {
            try writer.append(Array(values[row * 130..<(row + 7) * 130]))
        }
        #expect(try writer.finish() == 700)
        #expect(try readBytes(whole) == readBytes(streamed))
        let matrix = try NumpyFile.read(streamed)
        #expect((0..<700).flatMap { matrix.withRow($0) { Array($0) } } == values)
    }

    @Test(arguments: 0..<20)
    func `the rows of several files are those of one, in their order`(seed: UInt64) throws {
        let scratch = Scratch()
        var draws = CounterRNG(seed: seed, purpose: "files")
        let columns = [1, 3, 8, 384, 1_025][Int(seed) % 5]
        var (paths, rows) = ([String](), [[Float]]())
        for file in 0..<1 + draws.below(6) {
            let path = "\(scratch.folder)/\(file).npy"
            var writer = try NumpyWriter(path: path, columns: columns)
            // Some files have no rows.
            for _ in 0..<max(0, draws.below(1_500) - 300) {
                rows.append((0..<columns).map { _ in Float(draws.unit()) })
                try writer.append(rows[rows.count - 1])
            }
            _ = try writer.finish()
            paths.append(path)
        }
        let matrix = try NumpyFile.read(paths)
        #expect(matrix.rows == rows.count && matrix.columns == columns)
        #expect(matrix.isFinite)
        let isEqual = rows.indices.allSatisfy { row in
            matrix.withRow(row) { Array($0) } == rows[row]
        }
        #expect(isEqual)
        // What is let go of is read again.
        let middle = rows.count / 3..<rows.count * 2 / 3
        matrix.releasePages(of: middle, above: 0)
        let isSame = matrix.withAddresses { addresses in
            rows.indices.allSatisfy { row in
                addresses.map {
                    Array(UnsafeBufferPointer(start: $0.row(row), count: columns)) == rows[row]
                } ?? false
            }
        }
        #expect(isSame)
        let slots = matrix.slots(rows.indices.map { Int32($0) })
        #expect(slots.map { Int($0) } == rows.indices.map { matrix.slot($0) })
        #expect(zip(slots, slots.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `files of other columns, or that are missing, are refused with their name`() throws {
        let scratch = Scratch()
        let paths = ["a", "b"].map { "\(scratch.folder)/\($0).npy" }
        try NumpyWriter.write(Matrix([[1, 2]]), to: paths[0])
        #expect(throws: Fault.self) { try NumpyFile.read(paths) }
        try NumpyWriter.write(Matrix([[1, 2, 3]]), to: paths[1])
        let fault = #expect(throws: Fault.self) { try NumpyFile.read(paths) }
        #expect(fault?.place == .file(paths[1]))
    }

    @Test func `a writer that is dropped leaves nothing behind`() throws {
        let scratch = Scratch()
        do {
            var writer = try NumpyWriter(path: "\(scratch.folder)/dropped.npy", columns: 2)
            try writer.append([1, 2])
            #expect(scratch.names == ["dropped.npy.partial"])
        }
        #expect(scratch.names.isEmpty)
    }

    @Test func `a file of no rows is read back`() throws {
        let scratch = Scratch()
        let path = "\(scratch.folder)/empty.npy"
        let writer = try NumpyWriter(path: path, columns: 4)
        #expect(try writer.finish() == 0)
        let matrix = try NumpyFile.read(path)
        #expect(matrix.rows == 0 && matrix.columns == 4)
        #expect(matrix.withBase { $0 } == nil)
    }

    @Test(arguments: [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3",
        "",
    ])
    func `refuses another type, order or shape`(dictionary: String) {
        let scratch = Scratch()
        let path = scratch.file("bad.npy", Self.numpyBytes(dictionary: dictionary))
        #expect(throws: Fault.self) { try NumpyFile.read(path) }
    }

    @Test func `refuses a file cut off anywhere`() {
        let scratch = Scratch()
        let bytes = Self.numpyBytes()
        for length in 0..<bytes.count {
            let path = scratch.file("cut.npy", Array(bytes.prefix(length)))
            #expect(throws: Fault.self) { try NumpyFile.read(path) }
        }
        #expect(throws: Fault.self) { try NumpyFile.read("\(scratch.folder)/missing.npy") }
        #expect(throws: Fault.self) { try NumpyFile.read(scratch.folder) }
    }
}
