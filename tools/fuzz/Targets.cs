using Gesso.Formats;
using Gesso.Formats.Decoding;
using Gesso.Formats.Gguf;
using Gesso.Formats.Png;

namespace Gesso.Fuzz;

/// <summary>
/// What is fuzzed. A target accepts any bytes: it returns, or the input is a finding. The typed error is an answer, every other exception is a finding,
/// and so is a tensor that reaches outside its file.
/// </summary>
internal static class Targets
{
    /// <summary>Decoding is cheap but not free; larger tensors are read without it.</summary>
    private const int MaxDecoded = 1 << 16;

    /// <summary>One file name for all inputs of this process, on a memory disk where there is one.</summary>
    private static readonly string InputFile = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"gesso-fuzz-{Environment.ProcessId}");

    public static IReadOnlyDictionary<string, Action<byte[]>> ByName { get; } = new Dictionary<string, Action<byte[]>>
    {
        ["safetensors"] = Model,
        ["gguf"] = Model,
        ["index"] = Model,
        ["png"] = Picture,
    };

    private static void Model(byte[] bytes)
    {
        File.WriteAllBytes(InputFile, bytes);
        try
        {
            using var file = TensorFiles.Open(InputFile);
            _ = file.Metadata.Count;
            foreach (var tensor in file.Tensors.Values)
            {
                var content = file.Bytes(tensor);
                if (tensor.Offset + content.Length > bytes.Length)
                    throw new InvalidOperationException($"{tensor} reaches outside the file.");
                if (tensor.Elements <= MaxDecoded)
                    TensorDecoder.Decode(tensor.Type, content, new float[tensor.Elements]);
            }

            if (file is GgufFile gguf)
                ReadValues(gguf);
        }
        catch (TensorFileException)
        {
        }
        finally
        {
            File.Delete(InputFile);
        }
    }

    private static void ReadValues(GgufFile file)
    {
        foreach (var value in file.Values.Values)
        {
            if (value is { Type: GgufValueType.Array, ElementType: GgufValueType.Text } && value.ToTexts().Count() != value.Count)
                throw new InvalidOperationException("A text array has another count than it says.");
        }
    }

    private static void Picture(byte[] bytes)
    {
        try
        {
            var before = PngChunks.ReadText(bytes);
            var after = PngChunks.ReadText(PngChunks.WithText(bytes, [new PngText("Software", "Gesso"), new PngText("prompt", "丘")]));
            if (after.Count != before.Count + 2)
                throw new InvalidOperationException($"{before.Count} texts and 2 more became {after.Count}.");
        }
        catch (TensorFileException)
        {
        }
    }
}
