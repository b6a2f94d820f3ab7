using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Gesso.Tokenizers.Tests;

/// <summary>One line of a corpus: text and the ids of the reference.</summary>
internal sealed record CorpusLine(string Text, int[] Clip, int[] T5);

/// <summary>A golden folder of the layout described in its README.</summary>
internal sealed record GoldenRoot(string Path)
{
    private static readonly Lazy<IReadOnlyList<GoldenRoot>> Found = new(Find);

    public static IReadOnlyList<GoldenRoot> All => Found.Value;

    /// <summary>Every tokenizer folder under every root and the bundled model's, by the file that it must hold.</summary>
    public static IEnumerable<string> FoldersWith(string file) => All
        .SelectMany(root => new[] { System.IO.Path.Combine(root.Path, "models"), System.IO.Path.Combine(root.Path, "tokenizers"), root.Bundled })
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, file, SearchOption.AllDirectories))
        .Select(path => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!)
        .Distinct().Order(StringComparer.Ordinal);

    public IEnumerable<CorpusLine> Corpus()
    {
        var path = System.IO.Path.Combine(Path, "tables", "tokenizer-corpus.jsonl");
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            yield return new CorpusLine(root.GetProperty("text").GetString()!, Ids(root.GetProperty("clip")), Ids(root.GetProperty("t5")));
        }
    }

    /// <summary>The case.json and the folder of each case of a kind.</summary>
    public IEnumerable<(JsonElement Case, string Folder)> Cases(string kind)
    {
        var manifest = System.IO.Path.Combine(Path, "manifest.json");
        foreach (var entry in File.Exists(manifest) ? Json(manifest).GetProperty("cases").EnumerateArray().ToList() : [])
        {
            if (entry.GetProperty("kind").GetString() == kind)
            {
                var folder = System.IO.Path.Combine(Path, entry.GetProperty("path").GetString()!);
                yield return (Json(System.IO.Path.Combine(folder, "case.json")), folder);
            }
        }
    }

    /// <summary>An I64 tensor of a safetensors file.</summary>
    public static int[] Integers(string path, string name)
    {
        var bytes = File.ReadAllBytes(path);
        var headerEnd = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerEnd - 8));
        var tensor = header.RootElement.GetProperty(name);
        Assert.Equal("I64", tensor.GetProperty("dtype").GetString());
        var offsets = Ids(tensor.GetProperty("data_offsets"));
        var values = MemoryMarshal.Cast<byte, long>(bytes.AsSpan(headerEnd + offsets[0], offsets[1] - offsets[0])).ToArray();
        return [.. values.Select(value => checked((int)value))];
    }

    /// <summary>Text as ASCII for messages: a terminal shows neither controls nor lone surrogates.</summary>
    public static string Show(string text)
    {
        var shown = new StringBuilder();
        foreach (var unit in text)
        {
            shown.Append(unit is >= ' ' and <= '~' ? unit.ToString() : $"\\u{(int)unit:x4}");
        }

        return shown.ToString();
    }

    private string Bundled => System.IO.Path.GetFileName(Path) == "golden" && File.Exists(System.IO.Path.Combine(Path, "..", "model_index.json"))
        ? System.IO.Path.Combine(Path, "..")
        : System.IO.Path.Combine(Path, "none");

    private static JsonElement Json(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    private static List<GoldenRoot> Find()
    {
        var named = (Environment.GetEnvironmentVariable("GESSO_GOLDEN") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [.. named
            .Concat(Above(System.IO.Path.Combine("tests", "golden")).Where(_ => named.Length == 0))
            .Concat(Above(System.IO.Path.Combine("shared", "golden")))
            .Concat(Above(System.IO.Path.Combine("models", "gesso-mini", "golden")))
            .Select(System.IO.Path.GetFullPath).Distinct().Select(path => new GoldenRoot(path))];
    }

    /// <summary>A folder under any ancestor of the test's binaries.</summary>
    private static IEnumerable<string> Above(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, relative);
            if (Directory.Exists(candidate))
            {
                yield return candidate;
            }
        }
    }
}
