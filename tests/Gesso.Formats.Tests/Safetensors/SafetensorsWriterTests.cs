using CsCheck;
using Gesso.Formats.Safetensors;

namespace Gesso.Formats.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    private static readonly StorageType[] Types = [.. Enum.GetValues<StorageType>().Where(type => !type.IsBlockQuantized())];

    private static readonly Gen<TensorDeclaration[]> Declarations = Gen.Select(
            Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.OneOfConst('.', '_', '"', '\\', '\n', 'é', '字', '\u2028'), Gen.Char['\u0001', '\u00FF']), 0, 20],
            Gen.OneOfConst(Types),
            Gen.Long[0, 5].Array[0, 4])
        .Select((name, type, shape) => new TensorDeclaration(name, type, shape))
        .Array[0, 12]
        .Select(tensors => tensors.DistinctBy(tensor => tensor.Name).ToArray());

    [Fact]
    public void Written_file_reads_back_the_same()
    {
        using var folder = new TestFolder();
        var path = folder.At("m.safetensors");
        Gen.Select(Declarations, Gen.Dictionary(Gen.String, Gen.String)[0, 4], Gen.UInt).Sample(
            (declarations, metadata, seed) =>
            {
                var random = new Random((int)seed);
                var content = declarations.ToDictionary(tensor => tensor.Name, tensor =>
                {
                    var bytes = new byte[tensor.Validate()];
                    random.NextBytes(bytes);
                    return bytes;
                });
                SafetensorsWriter.Write(path, declarations.Select(tensor => (tensor, (ReadOnlyMemory<byte>)content[tensor.Name])), metadata);

                using var file = SafetensorsFile.Open(path);
                Assert.Equal(metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal), file.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal));
                Assert.Equal(declarations.Length, file.Tensors.Count);
                foreach (var declaration in declarations)
                {
                    var tensor = file.Tensors[declaration.Name];
                    Assert.Equal(declaration.Type, tensor.Type);
                    Assert.Equal(declaration.Shape, tensor.Shape);
                    Assert.True(tensor.Offset % tensor.Type.BlockBytes() == 0, $"{tensor} at {tensor.Offset} is not aligned.");
                    Assert.Equal(content[declaration.Name], file.Bytes(tensor).ToArray());
                }
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void Bytes_in_memory_are_those_of_the_file_and_read_back_without_one()
    {
        using var folder = new TestFolder();
        (TensorDeclaration Tensor, ReadOnlyMemory<byte> Bytes)[] tensors =
        [
            (new("scalar", StorageType.F32, []), new byte[] { 1, 2, 3, 4 }),
            (new("none", StorageType.I64, [0, 7]), ReadOnlyMemory<byte>.Empty),
            (new("bytes", StorageType.U8, [3]), new byte[] { 5, 6, 7 }),
        ];
        var metadata = new Dictionary<string, string> { ["step"] = "3" };
        SafetensorsWriter.Write(folder.At("m.safetensors"), tensors, metadata);

        var bytes = SafetensorsWriter.ToBytes(tensors, metadata);

        Assert.Equal(File.ReadAllBytes(folder.At("m.safetensors")), bytes);
        using var file = SafetensorsFile.Read(bytes, "the checkpoint");
        Assert.Equal(("the checkpoint", "3"), (file.Path, file.Metadata["step"]));
        foreach (var (tensor, content) in tensors)
            Assert.Equal(content.ToArray(), file.Bytes(file.Tensors[tensor.Name]).ToArray());
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(file.Tensors["bytes"]).Length);
    }

    [Fact]
    public void Bytes_in_memory_are_refused_by_the_rules_of_files()
    {
        var bytes = SafetensorsWriter.ToBytes([(new("a", StorageType.U8, [3]), new byte[] { 1, 2, 3 })]);

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<TensorFileException>(() => SafetensorsFile.Read(bytes.AsMemory(0, length), "half").Dispose());
        FileErrors.Expect(TensorFileCodes.BadCount, () => SafetensorsWriter.ToBytes([(new("a", StorageType.U8, [3]), new byte[] { 1, 2 })]));
    }

    [Fact]
    public void Equal_input_in_another_order_gives_equal_bytes()
    {
        using var folder = new TestFolder();
        (TensorDeclaration, ReadOnlyMemory<byte>)[] tensors =
        [
            (new("b", StorageType.U8, [3]), new byte[] { 1, 2, 3 }),
            (new("a", StorageType.F32, [1]), new byte[] { 4, 5, 6, 7 }),
            (new("c", StorageType.BF16, [1]), new byte[] { 8, 9 }),
        ];
        SafetensorsWriter.Write(folder.At("1"), tensors, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SafetensorsWriter.Write(folder.At("2"), tensors.Reverse(), new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(File.ReadAllBytes(folder.At("1")), File.ReadAllBytes(folder.At("2")));
        using var file = SafetensorsFile.Open(folder.At("1"));
        Assert.Equal(["a", "c", "b"], file.Tensors.Values.OrderBy(tensor => tensor.Offset).Select(tensor => tensor.Name));
    }

    [Fact]
    public void Pieces_may_come_in_any_order_of_tensors()
    {
        using var folder = new TestFolder();
        using (var writer = SafetensorsWriter.Create(folder.At("m"), [new("a", StorageType.U8, [4]), new("b", StorageType.U8, [2])]))
        {
            writer.Append("b", [1]);
            writer.Append("a", [2, 3, 4]);
            writer.Append("b", [5]);
            writer.Append("a", [6]);
            writer.Commit();
        }

        using var file = SafetensorsFile.Open(folder.At("m"));
        Assert.Equal([2, 3, 4, 6], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Equal([1, 5], file.Bytes(file.Tensors["b"]).ToArray());
        Assert.Equal(["m"], folder.FileNames);
    }

    [Fact]
    public void Abandoned_write_keeps_the_old_file_and_leaves_nothing_else()
    {
        using var folder = new TestFolder();
        var path = folder.Add("m", [1, 2, 3]);
        using (var writer = SafetensorsWriter.Create(path, [new("a", StorageType.U8, [4])]))
        {
            writer.Append("a", [1, 2, 3]);
            Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
            FileErrors.Expect(TensorFileCodes.BadCount, writer.Commit);
            FileErrors.Expect(TensorFileCodes.BadCount, () => writer.Append("a", [4, 5]));
            FileErrors.Expect(TensorFileCodes.UnknownTensor, () => writer.Append("b", [4]));
        }

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["m"], folder.FileNames);
    }

    [Fact]
    public void Two_writers_of_one_destination_do_not_disturb_each_other()
    {
        using var folder = new TestFolder();
        using var first = SafetensorsWriter.Create(folder.At("m"), [new("a", StorageType.U8, [1])]);
        using var second = SafetensorsWriter.Create(folder.At("m"), [new("a", StorageType.U8, [1])]);
        first.Append("a", [1]);
        second.Append("a", [2]);
        second.Commit();
        first.Commit();
        using var file = SafetensorsFile.Open(folder.At("m"));
        Assert.Equal([1], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Throws<ObjectDisposedException>(() => first.Append("a", []));
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_before_anything_is_written()
    {
        using var folder = new TestFolder();
        void Refused(string code, params TensorDeclaration[] tensors) => FileErrors.Expect(code, () => SafetensorsWriter.Create(folder.At("m"), tensors));

        Refused(TensorFileCodes.DuplicateName, new("a", StorageType.U8, [1]), new("a", StorageType.F32, [1]));
        Refused(TensorFileCodes.UnknownType, new TensorDeclaration("a", StorageType.Q4_K, [256]));
        Refused(TensorFileCodes.BadHeader, new TensorDeclaration("__metadata__", StorageType.U8, [1]));
        Refused(TensorFileCodes.BadHeader, new TensorDeclaration("\uD800", StorageType.U8, [1]));
        Refused(TensorFileCodes.BadShape, new TensorDeclaration("a", StorageType.U8, [-1]));
        Refused(TensorFileCodes.BadShape, new TensorDeclaration("a", StorageType.U8, [long.MaxValue]));
        Refused(TensorFileCodes.BadShape, new TensorDeclaration("a", StorageType.F64, [long.MaxValue, 2]));
        Refused(TensorFileCodes.HeaderTooLarge, new TensorDeclaration(new string('a', 100_000_000), StorageType.U8, [0]));
        FileErrors.Expect(
            TensorFileCodes.BadMetadata, () => SafetensorsWriter.Create(folder.At("m"), [], new Dictionary<string, string> { ["a"] = "\uDC00" }));
        FileErrors.Expect(TensorFileCodes.FileNotFound, () => SafetensorsWriter.Create(folder.At("none/m"), []));
        FileErrors.Expect(TensorFileCodes.IsDirectory, () => SafetensorsWriter.Create(folder.Path, []));
        Assert.Empty(folder.FileNames);
    }

    [Fact]
    public void Disk_that_cannot_hold_the_file_is_an_error_of_the_machine_and_leaves_nothing()
    {
        using var folder = new TestFolder();
        var error = Assert.Throws<TensorFileException>(() => SafetensorsWriter.Create(folder.At("m"), [new("a", StorageType.U8, [1L << 60])]));
        Assert.Equal(TensorFileCodes.WriteFailed, error.Code);
        Assert.Equal(Gesso.Contracts.Errors.ErrorKind.Unavailable, error.Kind);
        Assert.Empty(folder.FileNames);
    }
}
