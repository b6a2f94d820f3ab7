using System.Globalization;
using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Jobs;

namespace Gesso.Server.Automatic1111;

/// <summary>A finished job into this dialect's answer.</summary>
internal static class SdAnswerMapping
{
    public static SdImages Answer(Job job, ServedModel model, IReadOnlyList<string> warnings, IReadOnlyList<byte[]> files)
    {
        var work = job.Work;
        var defaults = model.Card?.Defaults;
        var size = work.Size ?? defaults?.Size ?? (job.Pictures.Count > 0 ? job.Pictures[0].Size : default);
        int? steps = work.Steps ?? defaults?.Steps;
        double? scale = work.TrueGuidance ?? defaults?.TrueGuidance;
        string prompt = SdPrompt.Write(work), sampler = SamplerNames.ToTheirs(work.Sampler ?? defaults?.Sampler), negative = work.NegativePrompt ?? "";
        SdInfo info = new(
            prompt, [.. job.Pictures.Select(_ => prompt)], negative, work.Seed, [.. job.Pictures.Select(p => p.Seed)], size.Width, size.Height, sampler,
            scale, steps, work.Count, model.Name, [.. job.Pictures.Select(p => Text(work, p.Seed, size, sampler, scale, steps))], job.Id.Value, warnings);
        SdParameters parameters = new(prompt, negative, work.Seed, steps, scale, size.Width, size.Height, sampler, work.Count, 1, work.Strength);
        return new SdImages(files, parameters, JsonSerializer.Serialize(info, SdJson.Default.SdInfo));
    }

    private static string Text(ImageJob work, long seed, ImageSize size, string sampler, double? scale, int? steps)
    {
        string negative = work.NegativePrompt is { } text ? $"\nNegative prompt: {text}" : "";
        string guidance = work.Guidance is { } value ? string.Create(CultureInfo.InvariantCulture, $", Distilled CFG Scale: {value}") : "";
        return SdPrompt.Write(work) + negative + string.Create(
            CultureInfo.InvariantCulture, $"\nSteps: {steps}, Sampler: {sampler}, CFG scale: {scale}{guidance}, Seed: {seed}, Size: {size}, Model: {work.Model}");
    }
}
