using System.Text.Json.Serialization;
using Gesso.Server.Errors;
using Gesso.Server.Native;
using Gesso.Server.OpenAi;

namespace Gesso.Server.Json;

/// <summary>The wire format: snake_case, nulls written, source-generated.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(ImagesResponse))]
[JsonSerializable(typeof(PartialImageEvent))]
[JsonSerializable(typeof(CompletedImageEvent))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(ProgressView))]
[JsonSerializable(typeof(PlaceView))]
[JsonSerializable(typeof(PictureView))]
[JsonSerializable(typeof(PictureList))]
[JsonSerializable(typeof(UploadView))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(ModelCatalog))]
[JsonSerializable(typeof(AdapterList))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(BacklogView))]
internal sealed partial class ServerJson : JsonSerializerContext;
