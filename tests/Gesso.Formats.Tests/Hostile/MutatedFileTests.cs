using CsCheck;
using Gesso.Formats.Decoding;
using Gesso.Formats.Gguf;
using Gesso.Formats.Png;
using Gesso.Formats.Tests.Gguf;
using Gesso.Formats.Tests.Png;
using static Gesso.Formats.Tests.Safetensors.SafetensorsBytes;

namespace Gesso.Formats.Tests.Hostile;

/// <summary>
/// Thousands of damaged files: each opens with everything inside its bounds or fails with the typed error, and none makes the reader allocate.
/// </summary>
public sealed class MutatedFileTests
{
    private const int Iterations = 4000;

    /// <summary>What opening costs whatever the file is: the map, the exception with its trace, first use of collections.</summary>
    private const long FixedBytes = 64 * 1024;

    private static readonly byte[] Safetensors = From(
        $"{{{string.Join(
            ',',
            """
            "__metadata__":{"format":"pt","note":"größe \u00e9"}
            """,
            Tensor("block.0.weight", "BF16", "[4,8]", "[0,64]"),
            Tensor("block.0.bias", "F32", "[4]", "[64,80]"),
            Tensor("scale", "F8_E4M3", "[]", "[80,81]"),
            Tensor("none", "I64", "[0,7]", "[81,81]"))}}}",
        81);

    private static readonly byte[] Gguf = GgufBytes.Header(3, 3, 6)
        .Text("general.architecture").Type(GgufValueType.Text).Text("flux")
        .Text("general.alignment").Type(GgufValueType.U32).Number(32u)
        .Text("scale").Type(GgufValueType.F64).Raw(BitConverter.GetBytes(0.25))
        .Text("on").Type(GgufValueType.Bool).Raw([1])
        .Text("tokens").Type(GgufValueType.Array).Type(GgufValueType.Text).Number(3ul).Text("a").Text("").Text("zz")
        .Text("scores").Type(GgufValueType.Array).Type(GgufValueType.F32).Number(4ul).Raw(new byte[16])
        .Tensor("img_in.weight", 1, 0, 8, 2)
        .Tensor("txt_in.weight", 8, 32, 32, 1)
        .Tensor("vec.bias", 12, 96, 256)
        .WithData(240);

    private static readonly byte[] Index =
        """{"metadata":{"total_size":81},"weight_map":{"block.0.weight":"m-1.safetensors","scale":"m-1.safetensors","none":"m-1.safetensors"}}"""u8.ToArray();

    private static readonly byte[] Picture = PngBytes.Picture(
        PngBytes.Chunk("tEXt", "Title\0a red hill"u8),
        PngBytes.Chunk("zTXt", [.. "Comment\0\0"u8, .. PngBytes.Zlib("a comment, a comment"u8)]),
        PngBytes.Chunk("iTXt", [.. "prompt\0\u0001\0ja\0x\0"u8, .. PngBytes.Zlib("丘"u8)]));

    private static readonly Gen<Mutation[]> Damage = Mutation.Any.Array[1, 4];

    [Theory]
    [InlineData("safetensors")]
    [InlineData("gguf")]
    [InlineData("index")]
    public void Damaged_model_opens_within_bounds_or_fails_typed_and_allocates_at_most_its_size(string format)
    {
        var whole = format switch { "safetensors" => Safetensors, "gguf" => Gguf, _ => Index };
        using var folder = new TestFolder();
        folder.Add("m-1.safetensors", Safetensors);
        using (var file = TensorFiles.Open(folder.Add("m", whole)))
            ReadAll(file);
        var (opened, refused) = (0, 0);
        Damage.Sample(
            mutations =>
            {
                var bytes = Apply(mutations, whole);
                var path = folder.Add("m", bytes);
                var before = GC.GetAllocatedBytesForCurrentThread();
                long allocated;
                try
                {
                    using var file = TensorFiles.Open(path);
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    ReadAll(file);
                    opened++;
                }
                catch (TensorFileException)
                {
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    refused++;
                }

                Assert.True(allocated <= bytes.Length + FixedBytes, $"{allocated} bytes allocated for a file of {bytes.Length}.");
            },
            iter: Iterations,
            threads: 1);
        Assert.True(opened > Iterations / 100, $"Only {opened} damaged files opened: the mutations are too coarse to reach deep code.");
        Assert.True(refused > Iterations / 10, $"Only {refused} damaged files were refused.");
    }

    [Fact]
    public void Damaged_picture_gives_its_text_or_fails_typed_and_allocates_little()
    {
        var (read, refused) = (0, 0);
        Gen.Select(Damage, Gen.Bool).Sample(
            (mutations, repair) =>
            {
                var png = Apply(mutations, Picture);
                if (repair)
                    RepairChecksums(png);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    var texts = PngChunks.ReadText(png);
                    PngChunks.WithText(png, [new PngText("Software", "Gesso")]);
                    read++;
                    Assert.True(texts.Count <= png.Length / PngChunkReader.FrameBytes);
                }
                catch (TensorFileException)
                {
                    refused++;
                }

                // Deflate packs at most 1032 to 1; the picture has less than 500 bytes.
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= 1100 * png.Length + FixedBytes, $"{allocated} bytes allocated for a picture of {png.Length}.");
            },
            iter: Iterations,
            threads: 1);
        Assert.True(read > Iterations / 100 && refused > Iterations / 10, $"{read} read, {refused} refused.");
    }

    [Fact]
    public void Storm_of_tiny_tensors_costs_a_small_multiple_of_its_header()
    {
        using var folder = new TestFolder();
        var header = $"{{{string.Join(',', Enumerable.Range(0, 20_000).Select(i => Tensor($"{i:x}", "U8", "[0]", "[0,0]")))}}}";
        var safetensors = folder.Add("s", From(header));
        var storm = GgufBytes.Header(3, 20_000, 0);
        for (var i = 0; i < 20_000; i++)
            storm.Tensor($"{i:x}", 24, 0);
        var gguf = folder.Add("g", storm.WithData(1));
        foreach (var path in new[] { safetensors, gguf })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                TensorFiles.Open(path).Dispose();
            }
            catch (TensorFileException error)
            {
                Assert.Equal(TensorFileCodes.OverlappingTensors, error.Code);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= 16 * new FileInfo(path).Length, $"{allocated} bytes for {path} of {new FileInfo(path).Length}.");
        }
    }

    private static void ReadAll(ITensorFile file)
    {
        Assert.All(file.Metadata, entry => Assert.NotNull(entry.Value));
        foreach (var tensor in file.Tensors.Values)
        {
            var bytes = file.Bytes(tensor);
            Assert.Equal(tensor.ByteLength, bytes.Length);
            var values = new float[tensor.Elements];
            TensorDecoder.Decode(tensor.Type, bytes, values);
        }

        if (file is not GgufFile gguf)
            return;
        foreach (var value in gguf.Values.Values)
        {
            Assert.NotNull(value.ToString());
            if (value.Type == GgufValueType.Array && value.ElementType == GgufValueType.Text)
                Assert.Equal(value.Count, value.ToTexts().Count());
        }
    }

    private static byte[] Apply(Mutation[] mutations, byte[] whole)
    {
        List<byte> bytes = [.. whole];
        foreach (var mutation in mutations)
            mutation.ApplyTo(bytes);
        return [.. bytes];
    }

    /// <summary>Makes the checksums right again, so that damage reaches the code behind them.</summary>
    private static void RepairChecksums(byte[] png)
    {
        for (var at = 8L; at + 12 <= png.Length;)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length)
                return;
            var crc = PngBytes.BitwiseCrc(png.AsSpan((int)at + 4, (int)length + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), crc);
            at += 12 + length;
        }
    }
}
