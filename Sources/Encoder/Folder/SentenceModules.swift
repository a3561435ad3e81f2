internal import Records

/// Which of a text's token vectors its own is made of, before it is brought to length 1.
enum Pooling: String, Sendable {
    /// The mean of all. The mean over the square root of their number points the same way.
    case mean
    /// The first one.
    case cls
    /// The last one.
    case lasttoken
}

/// What a sentence-transformers folder says beside the transformer itself.
///
/// Source: sentence-transformers 6.2, base/model.py and sentence_transformer/modules/pooling.py;
/// without modules.json it takes the mean, and so does this.
struct SentenceModules: Sendable {
    /// Where config.json, the weights and the tokenizer are.
    private(set) var transformerFolder: String
    private(set) var pooling = Pooling.mean
    /// Whether the tokens of a prompt take part in the pooling.
    private(set) var poolsPrompt = true
    /// What the folder says about pooling, if anything.
    private var fields: ModelFields?

    /// Whether the folder says nothing about pooling.
    var isPlain: Bool { fields == nil }

    init(folder: String) throws(Fault) {
        transformerFolder = folder
        var poolingFolder = folder + "/1_Pooling"
        let list = folder + "/modules.json"
        if fileExists(list) {
            let modules = try Self.modules(list)
            transformerFolder = Self.join(folder, modules[0])
            poolingFolder = Self.join(folder, modules[1])
        } else if !fileExists(poolingFolder + "/config.json") {
            return
        }
        let fields = try ModelFields(path: poolingFolder + "/config.json")
        pooling = try Self.pooling(fields)
        poolsPrompt = try fields.flag("include_prompt", default: true)
        self.fields = fields
    }

    /// Holds what the pooling expects to the width of the transformer's vectors.
    func check(width: Int) throws(Fault) {
        for field in ["word_embedding_dimension", "embedding_dimension"] {
            _ = try fields?.whole(field, in: width...width, default: width)
        }
    }

    /// The folders of the transformer and the pooling, from a list that holds nothing else but
    /// perhaps a Normalize at its end.
    private static func modules(_ path: String) throws(Fault) -> [String] {
        func fault(_ what: String) -> Fault { Fault(.configuration, what, at: .file(path)) }
        guard let modules = try JSONValue(ofModel: path).array else {
            throw fault("the file is not a list of modules")
        }
        var folders: [String] = []
        let wanted = ["Transformer", "Pooling", "Normalize"]
        for (index, module) in modules.enumerated() {
            guard let type = module["type"]?.string else {
                throw fault("the field '\(index).type' is missing or no text")
            }
            guard index < wanted.count, type.split(separator: ".").last ?? "" == wanted[index]
            else {
                throw Fault(
                    .configuration,
                    "this encoder does not support 'type' being \(type)"
                        + " in place \(index)", at: .file(path),
                    hint: "Transformer, Pooling and Normalize are computed, in this order")
            }
            let folder = module["path"]?.string ?? ""
            guard !folder.hasPrefix("/"), !folder.split(separator: "/").contains("..") else {
                throw fault("the field '\(index).path' leads out of the model's folder")
            }
            folders.append(folder)
        }
        guard folders.count >= 2 else { throw fault("the list of modules has no Pooling") }
        return folders
    }

    private static func join(_ folder: String, _ part: String) -> String {
        part.isEmpty || part == "." ? folder : folder + "/" + part
    }

    /// The old form has a flag for each way, the new one names it.
    private static func pooling(_ fields: ModelFields) throws(Fault) -> Pooling {
        let prefix = "pooling_mode_"
        guard let given = fields["pooling_mode"] else {
            // The flags' names end in _token or _tokens, but for the last token's.
            let ways: [String: Pooling] = [
                prefix + "cls_token": .cls, prefix + "mean_tokens": .mean,
                prefix + "mean_sqrt_len_tokens": .mean, prefix + "lasttoken": .lasttoken,
            ]
            var chosen: [Pooling] = []
            for name in fields.names where name.hasPrefix(prefix) {
                guard try fields.flag(name, default: false) else { continue }
                guard let way = ways[name], chosen.isEmpty else {
                    throw fields.refusal(name, "true")
                }
                chosen.append(way)
            }
            guard let way = chosen.first else {
                throw fields.refusal(prefix + "mean_tokens", "not true")
            }
            return way
        }
        let list = given.array
        guard let text = (list?.count == 1 ? list?[0] : given)?.string else {
            throw fields.refusal("pooling_mode", ModelFields.text(given))
        }
        if text == "mean_sqrt_len_tokens" { return .mean }
        guard let way = Pooling(rawValue: text) else {
            throw fields.refusal("pooling_mode", text)
        }
        return way
    }
}
