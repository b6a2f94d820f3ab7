using Gesso.Client;
using Microsoft.Extensions.AI;

var server = new Uri(Environment.GetEnvironmentVariable("GESSO_SERVER") ?? "http://127.0.0.1:7860");
var key = Environment.GetEnvironmentVariable("GESSO_KEY") ?? throw new InvalidOperationException("Set GESSO_KEY to a key of the server.");
using IImageGenerator generator = new RemoteImageGenerator(server, key);

var options = new ImageGenerationOptions { AdditionalProperties = new() { ["seed"] = 7 } };
var apple = (DataContent)(await generator.GenerateImagesAsync("a red apple in noto style", options)).Contents[0];
await File.WriteAllBytesAsync("gesso-apple.png", apple.Data.ToArray());

options.AdditionalProperties["strength"] = 0.8;
var pear = (DataContent)(await generator.EditImageAsync(apple, "a pear in noto style", options)).Contents[0];
await File.WriteAllBytesAsync("gesso-pear.png", pear.Data.ToArray());
