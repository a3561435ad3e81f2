internal import Records

/// The weights of a model folder: one safetensors file, or several with a list of who has what.
struct WeightFiles: Sendable {
    /// In the order of their names.
    let files: [Safetensors]
    private let path: String
    /// Which of `files` has a tensor.
    private let places: [String: Int]
    /// What stands before every tensor's name, such as "bert." or "0.auto_model.".
    private let prefix: String

    private static let words = "embeddings.word_embeddings.weight"

    init(folder: String) throws(Fault) {
        let single = folder + "/model.safetensors"
        let index = single + ".index.json"
        if fileExists(single) || !fileExists(index) {
            try Self.refusePickle(folder, unless: single)
            path = single
            files = [try Safetensors(MappedFile.ofModel(single), path: single)]
            places = Dictionary(uniqueKeysWithValues: files[0].names.map { ($0, 0) })
        } else {
            path = index
            (files, places) = try Self.shards(index, folder: folder)
        }
        // Two towers, or a model within a model: which is meant cannot be known.
        let found = places.keys.filter { $0 == Self.words || $0.hasSuffix("." + Self.words) }
        guard found.count <= 1 else {
            throw Fault(
                .configuration, "the weights hold more than one table of word vectors",
                at: .file(path), why: found.sorted().joined(separator: ", "))
        }
        prefix = String((found.first ?? Self.words).dropLast(Self.words.count))
    }

    /// A pickle can run any program when it is read, so it never is.
    private static func refusePickle(_ folder: String, unless path: String) throws(Fault) {
        let pickle = folder + "/pytorch_model.bin"
        guard !fileExists(path), fileExists(pickle) || fileExists(pickle + ".index.json") else {
            return
        }
        throw Fault(
            .configuration, "the weights are only there as a PyTorch pickle, which is not read",
            at: .file(pickle),
            hint: "convert them with Python's transformers: m = AutoModel.from_pretrained(folder); "
                + "m.save_pretrained(folder) writes model.safetensors")
    }

    private static func shards(
        _ index: String, folder: String
    ) throws(Fault) -> ([Safetensors], [String: Int]) {
        let fields = try ModelFields(path: index)
        guard let map = fields["weight_map"]?.members else {
            throw Fault(
                .configuration, "the field 'weight_map' is missing or no mapping",
                at: .file(index))
        }
        var shards: [String: String] = [:]
        for tensor in map {
            // A name with a slash could lead anywhere.
            guard let shard = tensor.value.string, !shard.contains("/") else {
                throw fields.wrongType("weight_map.\(tensor.key)")
            }
            shards[tensor.key] = shard
        }
        var files: [Safetensors] = []
        var places: [String: Int] = [:]
        for name in Set(shards.values).sorted() {
            let path = folder + "/" + name
            guard fileExists(path) else {
                throw Fault(
                    .configuration, "the weights lack the file '\(name)' of their list",
                    at: .file(index), hint: "fetch every file of the model")
            }
            for (tensor, shard) in shards where shard == name { places[tensor] = files.count }
            files.append(try Safetensors(MappedFile.ofModel(path), path: path))
        }
        return (files, places)
    }

    func tensor(_ name: String, _ shape: [Int]) throws(Fault) -> Tensor {
        let full = prefix + name
        // What TensorFlow called a layer norm's pair; transformers renames it when it loads.
        let older = Self.olderName(full)
        let file = files[places[full] ?? places[older] ?? 0]
        let isOlder = places[full] == nil && places[older] != nil
        guard places[full] != nil || isOlder else {
            throw Fault(
                .configuration, "the weights lack the tensor '\(full)'", at: .file(path))
        }
        return try file.tensor(isOlder ? older : full, shape: shape)
    }

    private static func olderName(_ name: String) -> String {
        for (new, old) in [
            ("LayerNorm.weight", "LayerNorm.gamma"),
            ("LayerNorm.bias", "LayerNorm.beta"),
        ] where name.hasSuffix(new) {
            return name.dropLast(new.count) + old
        }
        return name
    }
}
