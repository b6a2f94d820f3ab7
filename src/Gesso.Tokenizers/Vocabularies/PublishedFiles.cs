using System.IO.Compression;

namespace Gesso.Tokenizers.Vocabularies;

/// <summary>The embedded vocabularies, for single-file checkpoints that bring none (README.md: origin, licences, sums).</summary>
internal static class PublishedFiles
{
    /// <summary>OpenAI CLIP's merges.txt.</summary>
    public static byte[] ClipMerges() => Unpack("clip-merges.txt.br");

    /// <summary>Google T5 v1.1's spiece.model.</summary>
    public static byte[] T5Spiece() => Unpack("t5-spiece.model.br");

    private static byte[] Unpack(string name)
    {
        using var packed = typeof(PublishedFiles).Assembly.GetManifestResourceStream($"Gesso.Tokenizers.Vocabularies.{name}")!;
        using var brotli = new BrotliStream(packed, CompressionMode.Decompress);
        using var bytes = new MemoryStream(capacity: 1 << 20);
        brotli.CopyTo(bytes);
        return bytes.ToArray();
    }
}
