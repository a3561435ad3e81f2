import Glibc
import Records
import Testing

@testable import Vectors

private let temporaryFolder = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir

/// A path in the temporary folder that no other test uses.
func temporaryPath(_ name: String) -> String {
    "\(temporaryFolder)/vectors-tests-\(getpid())-\(name)"
}

func writeBytes(_ bytes: [UInt8], to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = write(file, bytes, bytes.count)
    close(file)
}

func readBytes(_ path: String) -> [UInt8] {
    guard let file = try? MappedFile(path: path) else { return [] }
    return file.withBytes { Array($0) }
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
        let path = temporaryPath("same.npy")
        defer { unlink(path) }
        try NumpyWriter.write(Matrix([[1, 2, 3], [4, 5, 6]]), to: path)
        #expect(readBytes(path) == Self.numpyBytes())
    }

    @Test func `reads what numpy writes, row by row`() throws {
        let path = temporaryPath("read.npy")
        defer { unlink(path) }
        writeBytes(Self.numpyBytes(), to: path)
        let matrix = try NumpyFile.read(path)
        #expect(matrix.rows == 2 && matrix.columns == 3)
        #expect(matrix.withRow(1) { Array($0) } == [4, 5, 6])
        #expect(matrix.withAll { Array($0) } == [1, 2, 3, 4, 5, 6])
    }

    @Test func `a streamed file equals one written whole`() throws {
        let whole = temporaryPath("whole.npy")
        let streamed = temporaryPath("streamed.npy")
        defer {
            unlink(whole)
            unlink(streamed)
        }
        var draws = Draws(seed: 1, purpose: "numpy")
        let values = (0..<700 * 130).map { _ in Float(draws.unit()) }
        try NumpyWriter.write(Matrix(rows: 700, columns: 130, values: values), to: whole)
        var writer = try NumpyWriter(path: streamed, columns: 130)
        for row in stride(from: 0, to: 700, by: 7) {
            try writer.append(Array(values[row * 130..<(row + 7) * 130]))
        }
        #expect(try writer.finish() == 700)
        #expect(readBytes(whole) == readBytes(streamed))
        #expect(try NumpyFile.read(streamed).withAll { Array($0) } == values)
    }

    @Test func `a writer that is dropped leaves nothing behind`() throws {
        let path = temporaryPath("dropped.npy")
        do {
            var writer = try NumpyWriter(path: path, columns: 2)
            try writer.append([1, 2])
        }
        #expect(access(path, F_OK) != 0)
        #expect(access(path + ".partial", F_OK) != 0)
    }

    @Test func `a file of no rows is read back`() throws {
        let path = temporaryPath("empty.npy")
        defer { unlink(path) }
        let writer = try NumpyWriter(path: path, columns: 4)
        #expect(try writer.finish() == 0)
        let matrix = try NumpyFile.read(path)
        #expect(matrix.rows == 0 && matrix.columns == 4)
        #expect(matrix.withAll { $0.count } == 0)
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
        let path = temporaryPath("bad-\(StableHash.hash(dictionary)).npy")
        defer { unlink(path) }
        writeBytes(Self.numpyBytes(dictionary: dictionary), to: path)
        #expect(throws: Fault.self) { try NumpyFile.read(path) }
    }

    @Test func `refuses a file cut off anywhere`() {
        let path = temporaryPath("cut.npy")
        defer { unlink(path) }
        let bytes = Self.numpyBytes()
        for length in 0..<bytes.count {
            writeBytes(Array(bytes.prefix(length)), to: path)
            #expect(throws: Fault.self) { try NumpyFile.read(path) }
        }
        #expect(throws: Fault.self) { try NumpyFile.read(path + ".missing") }
        #expect(throws: Fault.self) { try NumpyFile.read(temporaryFolder) }
    }
}

@Suite struct MatrixTests {
    @Test func `refuses values that do not fill the rows`() {
        #expect(throws: Fault.self) { try Matrix(rows: 2, columns: 2, values: [1, 2, 3]) }
        #expect(throws: Fault.self) { try Matrix(rows: -1, columns: -1, values: [1]) }
        #expect(throws: Fault.self) { try Matrix([[1, 2], [3]]) }
    }

    @Test func `knows whether every number is finite`() throws {
        #expect(try Matrix([[1, -0.0], [3e38, .leastNonzeroMagnitude]]).isFinite)
        #expect(try Matrix([]).isFinite)
        #expect(try !Matrix([[1, .nan]]).isFinite)
        #expect(try !Matrix([[1, 2], [-.infinity, 0]]).isFinite)
    }
}
