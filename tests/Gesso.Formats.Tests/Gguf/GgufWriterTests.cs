using CsCheck;
using Gesso.Formats.Gguf;

namespace Gesso.Formats.Tests.Gguf;

public sealed class GgufWriterTests
{
    private static readonly StorageType[] Types = [.. Enum.GetValues<StorageType>().Where(type => GgufTensorTypes.NumberOf(type) is not null)];

    private static readonly Gen<GgufValue> Values = Gen.OneOf(
        Gen.Byte.Select(value => GgufValue.From(value)),
        Gen.SByte.Select(value => GgufValue.From(value)),
        Gen.UShort.Select(value => GgufValue.From(value)),
        Gen.Short.Select(value => GgufValue.From(value)),
        Gen.UInt.Select(value => GgufValue.From(value)),
        Gen.Int.Select(value => GgufValue.From(value)),
        Gen.ULong.Select(value => GgufValue.From(value)),
        Gen.Long.Select(value => GgufValue.From(value)),
        Gen.Float.Select(value => GgufValue.From(value)),
        Gen.Double.Select(value => GgufValue.From(value)),
        Gen.Bool.Select(GgufValue.From),
        Gen.String.Select(GgufValue.From),
        Gen.String.Array[0, 5].Select(values => GgufValue.FromArray(values)),
        Gen.Long.Array[0, 5].Select(values => GgufValue.FromArray<long>(values)),
        Gen.Float.Array[0, 5].Select(values => GgufValue.FromArray<float>(values)));

    private static readonly Gen<TensorDeclaration> Declarations = Gen.Select(Gen.String, Gen.OneOfConst(Types), Gen.Long[0, 4].Array[0, 3], Gen.Long[0, 2])
        .Select((name, type, outer, blocks) => new TensorDeclaration(name, type, [.. outer, blocks * type.BlockElements()]));

    [Fact]
    public void Written_file_reads_back_the_same()
    {
        using var folder = new TestFolder();
        var path = folder.At("m.gguf");
        Gen.Select(Gen.Dictionary(Gen.String, Values)[0, 6], Declarations.Array[0, 8], Gen.OneOfConst(1u, 8u, 32u, 4096u), Gen.UInt).Sample(
            (values, declared, alignment, seed) =>
            {
                values[GgufHeader.AlignmentKey] = GgufValue.From(alignment);
                var declarations = declared.DistinctBy(tensor => tensor.Name).ToArray();
                var content = Write(path, values, declarations, new Random((int)seed));

                using var file = GgufFile.Open(path);
                Assert.Equal(values.Keys.Order(StringComparer.Ordinal), file.Values.Keys.Order(StringComparer.Ordinal));
                foreach (var (key, value) in values)
                {
                    Assert.Equal((value.Type, value.ElementType, value.Count), (file.Values[key].Type, file.Values[key].ElementType, file.Values[key].Count));
                    Assert.Equal(value.Payload.ToArray(), file.Values[key].Payload.ToArray());
                    Assert.Equal(value.ToString(), file.Values[key].ToString());
                }

                Assert.Equal(declarations.Length, file.Tensors.Count);
                foreach (var declaration in declarations)
                {
                    var tensor = file.Tensors[declaration.Name];
                    Assert.Equal(declaration.Type, tensor.Type);
                    Assert.Equal(declaration.Shape, tensor.Shape);
                    Assert.Equal(0, tensor.Offset % alignment);
                    Assert.Equal(content[declaration.Name], file.Bytes(tensor).ToArray());
                }
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_before_anything_is_written()
    {
        using var folder = new TestFolder();
        void Refused(string code, IEnumerable<KeyValuePair<string, GgufValue>> values, params TensorDeclaration[] tensors) =>
            FileErrors.Expect(code, () => GgufWriter.Create(folder.At("m"), values, tensors));
        var one = GgufValue.From(1u);

        Refused(TensorFileCodes.DuplicateName, [], new("a", StorageType.I8, [1]), new("a", StorageType.I8, [1]));
        Refused(TensorFileCodes.DuplicateName, [new("k", one), new("k", one)]);
        Refused(TensorFileCodes.UnknownType, [], new TensorDeclaration("a", StorageType.F8E4M3, [1]));
        Refused(TensorFileCodes.BadShape, [], new TensorDeclaration("a", StorageType.Q8_0, [32, 31]));
        Refused(TensorFileCodes.BadShape, [], new TensorDeclaration("a", StorageType.I8, [1, 1, 1, 1, 1, 1, 1, 1, 1]));
        Refused(TensorFileCodes.BadAlignment, [new("general.alignment", GgufValue.From(3u))]);
        Refused(TensorFileCodes.BadHeader, [new(new string('k', 65536), one)]);
        Assert.Empty(folder.FileNames);
    }

    private static Dictionary<string, byte[]> Write(
        string path, Dictionary<string, GgufValue> values, TensorDeclaration[] declarations, Random random)
    {
        var content = new Dictionary<string, byte[]>();
        using var writer = GgufWriter.Create(path, values, declarations);
        foreach (var tensor in writer.Tensors)
        {
            var bytes = new byte[tensor.ByteLength];
            random.NextBytes(bytes);
            content.Add(tensor.Name, bytes);
            writer.Append(tensor.Name, bytes.AsSpan(0, bytes.Length / 2));
            writer.Append(tensor.Name, bytes.AsSpan(bytes.Length / 2));
        }

        writer.Commit();
        return content;
    }
}
