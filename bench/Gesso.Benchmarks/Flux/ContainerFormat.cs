using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Formats.Gguf;
using Gesso.Formats.Safetensors;

namespace Gesso.Benchmarks.Flux;

/// <summary>A way in which FLUX.1 checkpoints are published.</summary>
/// <param name="Name">For tables.</param>
/// <param name="Type">Of the linear weights; what has no whole blocks, biases and norm scales are F32.</param>
/// <param name="Gguf">GGUF, else safetensors.</param>
/// <param name="Scaled">fp8 with one factor a layer (<c>weight_scale</c>), which makes use of the whole range of the type.</param>
internal sealed record ContainerFormat(string Name, StorageType Type, bool Gguf, bool Scaled = false)
{
    private const float LargestE4M3 = 448;

    public static IReadOnlyList<ContainerFormat> All { get; } =
    [
        new("Q8_0 GGUF", StorageType.Q8_0, Gguf: true),
        new("Q4_K GGUF", StorageType.Q4_K, Gguf: true),
        new("bf16 safetensors", StorageType.BF16, Gguf: false),
        new("fp8 safetensors", StorageType.F8E4M3, Gguf: false),
        new("scaled fp8 safetensors", StorageType.F8E4M3, Gguf: false, Scaled: true),
    ];

    public string FileName => $"{Name.Replace(' ', '-')}.{(Gguf ? "gguf" : "safetensors")}";

    /// <summary>Writes the parameters under their canonical names (BFL's).</summary>
    public void Write(string path, WeightPool pool, IReadOnlyDictionary<string, long[]> shapes)
    {
        float scale = Scaled ? pool.Largest / LargestE4M3 : 1;
        byte[] encoded = pool.Encode(Type, 1 / scale);
        List<TensorDeclaration> declarations = [.. shapes.Select(s => new TensorDeclaration(s.Key, TypeOf(s.Value), s.Value))];
        List<TensorDeclaration> scales = Scaled ? [.. declarations.Where(d => d.Type == Type).Select(d => new TensorDeclaration(d.Name + "_scale", StorageType.F32, []))] : [];
        IEnumerable<TensorDeclaration> all = [.. declarations, .. scales];
        if (Gguf)
        {
            using var writer = GgufWriter.Create(path, [new("general.architecture", GgufValue.From("flux"))], all);
            Append(writer.Append);
            writer.Commit();
        }
        else
        {
            using var writer = SafetensorsWriter.Create(path, all);
            Append(writer.Append);
            writer.Commit();
        }

        void Append(AppendBytes append)
        {
            foreach (var tensor in declarations)
            {
                if (tensor.Type == Type)
                    AppendEncoded(append, tensor, encoded);
                else
                    AppendPlain(append, tensor, pool);
            }
            foreach (var tensor in scales)
                append(tensor.Name, TensorEncoder.Encode(StorageType.F32, [scale]));
        }
    }

    private delegate void AppendBytes(string name, ReadOnlySpan<byte> bytes);

    private StorageType TypeOf(long[] shape) => shape.Length == 2 && shape[1] % Type.BlockElements() == 0 ? Type : StorageType.F32;

    private static long Elements(TensorDeclaration tensor) => tensor.Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>As <see cref="WeightPool.Fill"/>, on encoded blocks.</summary>
    private static void AppendEncoded(AppendBytes append, TensorDeclaration tensor, byte[] encoded)
    {
        long left = tensor.Type.ByteLength(Elements(tensor));
        int from = WeightPool.StartUnit(tensor.Name) * (int)tensor.Type.ByteLength(WeightPool.Unit);
        for (; left > 0; from = 0)
        {
            int count = (int)Math.Min(left, encoded.Length - from);
            append(tensor.Name, encoded.AsSpan(from, count));
            left -= count;
        }
    }

    private static void AppendPlain(AppendBytes append, TensorDeclaration tensor, WeightPool pool)
    {
        float[] values = new float[Elements(tensor)];
        pool.Fill(tensor.Name, values);
        append(tensor.Name, TensorEncoder.Encode(StorageType.F32, values));
    }
}
