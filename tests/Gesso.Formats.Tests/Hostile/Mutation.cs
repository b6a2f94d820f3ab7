using CsCheck;

namespace Gesso.Formats.Tests.Hostile;

/// <summary>One piece of damage to a file. Positions are fractions, so that the same mutation fits a file of any length.</summary>
internal sealed record Mutation(MutationKind Kind, double Where, double From, int Length, ulong Number)
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 3, 8, 12, 31, 32, 33, 255, 256, 65535, 65536, 100_000_000, 100_000_001, int.MaxValue, 1ul << 31, uint.MaxValue, 1ul << 32,
        1ul << 61, long.MaxValue, 1ul << 63, ulong.MaxValue - 7, ulong.MaxValue,
    ];

    public static readonly Gen<Mutation> Any = Gen.Select(
        Gen.Enum<MutationKind>(),
        Gen.OneOf(Gen.Double[0, 1], Gen.Double[0, 0.1]),
        Gen.Double[0, 1],
        Gen.Int[1, 24],
        Gen.OneOf(Gen.OneOfConst(Interesting), Gen.ULong, Gen.ULong[0, 512]),
        (kind, where, from, length, number) => new Mutation(kind, where, from, length, number));

    public void ApplyTo(List<byte> file)
    {
        if (file.Count == 0)
            return;
        var at = Math.Min(file.Count - 1, (int)(Where * file.Count));
        var source = Math.Min(file.Count - 1, (int)(From * file.Count));
        switch (Kind)
        {
            case MutationKind.FlipBit:
                file[at] ^= (byte)(1 << (int)(Number & 7));
                break;
            case MutationKind.SetByte:
                file[at] = (byte)Number;
                break;
            case MutationKind.Truncate:
                file.RemoveRange(at, file.Count - at);
                break;
            case MutationKind.Remove:
                file.RemoveRange(at, Math.Min(Length, file.Count - at));
                break;
            case MutationKind.InsertCopy:
                file.InsertRange(at, file.GetRange(source, Math.Min(8 * Length, file.Count - source)));
                break;
            case MutationKind.OverwriteCopy:
                Overwrite(file, at, [.. file.GetRange(source, Math.Min(Length, file.Count - source))]);
                break;
            case MutationKind.Number32:
                Overwrite(file, at, BitConverter.GetBytes((uint)Number));
                break;
            case MutationKind.Number64:
                Overwrite(file, at, BitConverter.GetBytes(Number));
                break;
            case MutationKind.Decimal:
                ReplaceDigits(file, at);
                break;
            case MutationKind.Append:
                file.AddRange(Enumerable.Repeat((byte)Number, Length));
                break;
        }
    }

    private static void Overwrite(List<byte> file, int at, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length && at + i < file.Count; i++)
            file[at + i] = bytes[i];
    }

    /// <summary>The next run of digits becomes another number, as in shapes and offsets of JSON.</summary>
    private void ReplaceDigits(List<byte> file, int at)
    {
        var start = file.FindIndex(at, b => char.IsAsciiDigit((char)b));
        if (start < 0)
            return;
        var end = file.FindIndex(start, b => !char.IsAsciiDigit((char)b));
        file.RemoveRange(start, (end < 0 ? file.Count : end) - start);
        file.InsertRange(start, System.Text.Encoding.ASCII.GetBytes(Number.ToString()));
    }
}

internal enum MutationKind
{
    FlipBit,
    SetByte,
    Truncate,
    Remove,
    InsertCopy,
    OverwriteCopy,
    Number32,
    Number64,
    Decimal,
    Append,
}
