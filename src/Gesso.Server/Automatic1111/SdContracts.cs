using System.Text.Json.Serialization;

namespace Gesso.Server.Automatic1111;

/// <param name="Images">Files in base 64.</param>
/// <param name="Parameters">What was used.</param>
/// <param name="Info">JSON as text, as clients of this dialect expect it: <see cref="SdInfo"/>.</param>
public sealed record SdImages(IReadOnlyList<byte[]> Images, SdParameters Parameters, string Info);

public sealed record SdParameters(
    string Prompt, string NegativePrompt, long Seed, int? Steps, double? CfgScale, int Width, int Height, string SamplerName, int BatchSize, int NIter,
    double? DenoisingStrength);

/// <param name="Prompt">What was drawn.</param>
/// <param name="AllPrompts">Once for each picture.</param>
/// <param name="NegativePrompt">What was to be avoided.</param>
/// <param name="Seed">Of the first picture.</param>
/// <param name="AllSeeds">Of each.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="SamplerName">As used.</param>
/// <param name="CfgScale">As used.</param>
/// <param name="Steps">As used.</param>
/// <param name="BatchSize">Pictures.</param>
/// <param name="SdModelName">What drew them.</param>
/// <param name="Infotexts">Parameters as text, for each picture.</param>
/// <param name="Job">Gesso's job.</param>
/// <param name="Warnings">What was adjusted or had no effect.</param>
public sealed record SdInfo(
    string Prompt, IReadOnlyList<string> AllPrompts, string NegativePrompt, long Seed, IReadOnlyList<long> AllSeeds, int Width, int Height, string SamplerName,
    double? CfgScale, int? Steps, int BatchSize, string SdModelName, IReadOnlyList<string> Infotexts, string Job, IReadOnlyList<string> Warnings);

public sealed record SdModel(string Title, string ModelName, string? Hash, string? Sha256, string Filename, string? Config);

public sealed record SdSampler(string Name, IReadOnlyList<string> Aliases, IReadOnlyDictionary<string, string> Options);

public sealed record SdScheduler(string Name, string Label, IReadOnlyList<string>? Aliases, double DefaultRho, bool NeedInnerModel);

public sealed record SdUpscaler(string Name, string? ModelName, string? ModelPath, string? ModelUrl, double Scale);

public sealed record SdName(string Name);

/// <param name="Name">What tags in prompts call it.</param>
/// <param name="Alias">The same.</param>
/// <param name="Path">The same with an extension: where it lies is not told.</param>
/// <param name="Metadata">Trigger phrase and model family under the names that trainers use.</param>
public sealed record SdLora(string Name, string Alias, string Path, IReadOnlyDictionary<string, string> Metadata);

/// <param name="SdModelCheckpoint">The model of this key's next request.</param>
/// <param name="SamplesFormat">png</param>
public sealed record SdOptions(string SdModelCheckpoint, string SamplesFormat);

/// <param name="Progress">0 to 1.</param>
/// <param name="EtaRelative">Seconds left, as estimated.</param>
/// <param name="State">How far the steps are.</param>
/// <param name="CurrentImage">The picture so far, in base 64.</param>
/// <param name="Textinfo">Always null.</param>
public sealed record SdProgress(double Progress, double EtaRelative, SdState State, byte[]? CurrentImage, string? Textinfo);

public sealed record SdState(bool Skipped, bool Interrupted, string Job, int JobCount, string JobTimestamp, int JobNo, int SamplingStep, int SamplingSteps);

/// <param name="Info">The text under the keyword parameters.</param>
/// <param name="Items">All texts by keyword.</param>
public sealed record SdPngInfo(string Info, IReadOnlyDictionary<string, string> Items);

/// <summary>Lists this dialect answers with.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SdImages))]
[JsonSerializable(typeof(SdInfo))]
[JsonSerializable(typeof(IReadOnlyList<SdModel>))]
[JsonSerializable(typeof(IReadOnlyList<SdSampler>))]
[JsonSerializable(typeof(IReadOnlyList<SdScheduler>))]
[JsonSerializable(typeof(IReadOnlyList<SdUpscaler>))]
[JsonSerializable(typeof(IReadOnlyList<SdName>))]
[JsonSerializable(typeof(IReadOnlyList<SdLora>))]
[JsonSerializable(typeof(SdOptions))]
[JsonSerializable(typeof(SdProgress))]
[JsonSerializable(typeof(SdPngInfo))]
internal sealed partial class SdJson : JsonSerializerContext;
