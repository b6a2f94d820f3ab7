using System.Text.Json.Serialization;
using Gesso.Server.Errors;

namespace Gesso.Server.Json;

/// <summary>The wire format: snake_case, nulls written, source-generated.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorEnvelope))]
internal sealed partial class ServerJson : JsonSerializerContext;
