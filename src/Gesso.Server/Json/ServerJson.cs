using System.Text.Json.Serialization;
using Gesso.Server.Errors;
using Gesso.Server.OpenAi;

namespace Gesso.Server.Json;

/// <summary>The wire format: snake_case, nulls written, source-generated.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(ImagesResponse))]
[JsonSerializable(typeof(PartialImageEvent))]
[JsonSerializable(typeof(CompletedImageEvent))]
[JsonSerializable(typeof(ModelList))]
internal sealed partial class ServerJson : JsonSerializerContext;
