using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Images;

namespace Gesso.Client.Connection;

/// <summary>Times travel as unix seconds, with fractions.</summary>
internal sealed class UnixSecondsConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(reader.GetDecimal() * TimeSpan.TicksPerSecond));

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((decimal)(value - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond);
}

/// <summary>Durations travel as seconds, with fractions.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
}

/// <summary>Sizes travel as <c>WIDTHxHEIGHT</c>.</summary>
internal sealed class ImageSizeConverter : JsonConverter<ImageSize>
{
    public override ImageSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ImageSize.TryParse(reader.GetString(), out var size) ? size : throw new JsonException("Expected a size as WIDTHxHEIGHT.");

    public override void Write(Utf8JsonWriter writer, ImageSize value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
