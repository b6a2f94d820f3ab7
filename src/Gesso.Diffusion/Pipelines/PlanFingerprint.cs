using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gesso.Contracts.Images;

namespace Gesso.Diffusion.Pipelines;

/// <summary>A hash of everything that a plan decides: equal plans draw the same picture, and only they continue each other's checkpoints.</summary>
internal static class PlanFingerprint
{
    /// <returns>64 lower-case hexadecimal digits</returns>
    public static string Of(DenoisePlan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, plan.Prompt);
        Add(hash, plan.Prompt2);
        Add(hash, plan.NegativePrompt);
        Add(hash, plan.Size.ToString());
        Add(hash, plan.Steps);
        Add(hash, plan.Guidance);
        Add(hash, plan.TrueGuidance);
        Add(hash, plan.Seed.Value);
        Add(hash, plan.Sampler);
        Add(hash, plan.Parity.ToString());
        Add(hash, plan.TextLength);
        Add(hash, plan.InitImage);
        Add(hash, plan.Mask);
        Add(hash, plan.Strength);
        Add(hash, plan.Sigmas is null ? null : string.Join(' ', plan.Sigmas.Select(s => s.ToString("R", CultureInfo.InvariantCulture))));
        if (plan.ControlImage is not null)
        {
            Add(hash, "control");
            Add(hash, plan.ControlImage);
        }
        foreach (var adapter in plan.Adapters)
        {
            Add(hash, adapter.Sha256);
            Add(hash, adapter.Strength);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, double value) => Add(hash, value.ToString("R", CultureInfo.InvariantCulture));

    private static void Add(IncrementalHash hash, long value) => Add(hash, value.ToString(CultureInfo.InvariantCulture));

    private static void Add(IncrementalHash hash, RasterImage? image)
    {
        Add(hash, image is null ? null : $"{image.Size} {image.Channels}");
        if (image is not null)
            hash.AppendData(image.Pixels);
    }

    /// <summary>The length comes first, so that no two lists of fields give the same bytes; null is not the empty text.</summary>
    private static void Add(IncrementalHash hash, string? text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text ?? "");
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
