using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Metering;
using Gesso.Platform.Workers;

namespace Gesso.Storage;

/// <summary>What is stored as JSON text. Members may be added; the names of stored ones do not change.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters = [
        typeof(AssetKeyJson), typeof(ImageSizeJson), typeof(WorkerIdJson),
        typeof(SnakeNameJson<PictureFormat>), typeof(SnakeNameJson<MaskReading>), typeof(SnakeNameJson<ParityMode>), typeof(SnakeNameJson<WorkerState>),
        typeof(SnakeNameJson<MetricKind>),
    ])]
[JsonSerializable(typeof(ImageJob))]
[JsonSerializable(typeof(PictureText))]
[JsonSerializable(typeof(KeyLimits))]
[JsonSerializable(typeof(WorkerRecord))]
[JsonSerializable(typeof(ModelFacts))]
internal sealed partial class StorageJson : JsonSerializerContext;

internal sealed class SnakeNameJson<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

internal sealed class AssetKeyJson : JsonConverter<AssetKey>
{
    public override AssetKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, AssetKey value, JsonSerializerOptions options) => writer.WriteStringValue(value.Sha256);
}

internal sealed class WorkerIdJson : JsonConverter<WorkerId>
{
    public override WorkerId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, WorkerId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

internal sealed class ImageSizeJson : JsonConverter<ImageSize>
{
    public override ImageSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ImageSize.TryParse(reader.GetString(), out var size) ? size : throw new JsonException("expected WIDTHxHEIGHT");

    public override void Write(Utf8JsonWriter writer, ImageSize value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
