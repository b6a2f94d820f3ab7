using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gesso.Server.Tests;

/// <summary>An answer of the server, read whole.</summary>
public sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public JsonElement Error => Json.GetProperty("error");

    public string? Code => Error.GetProperty("code").GetString();

    public string? Param => Error.GetProperty("param").GetString();

    public string Message => Error.GetProperty("message").GetString()!;

    public JsonElement this[string name] => Json.GetProperty(name);

    public string? String(string name) => Json.GetProperty(name).GetString();

    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"expected {status}, got {Status}: {Text}");
        return this;
    }

    /// <summary>Must be an error of this kind whose message has this in it.</summary>
    public Answer Refused(HttpStatusCode status, string code, string? param, string words)
    {
        Expect(status);
        Assert.Equal((code, param), (Code, Param));
        Assert.Contains(words, Message, StringComparison.Ordinal);
        return this;
    }
}

public static class Calls
{
    public static async Task<Answer> SendAsync(this HttpClient client, HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
    }

    public static Task<Answer> PostJsonAsync(this HttpClient client, string path, object body, params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Post, path, Json(body as string ?? JsonSerializer.Serialize(body)), headers);

    public static Task<Answer> ReadAsync(this HttpClient client, string path, params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Get, path, null, headers);

    public static Task<Answer> PostAsync(this HttpClient client, string path) => client.SendAsync(HttpMethod.Post, path, null);

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static StringContent Lines(params string[] lines) => new(string.Join('\n', lines), Encoding.UTF8, "application/jsonl");

    public static ByteArrayContent File(byte[] bytes, string type = "image/png")
    {
        ByteArrayContent content = new(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    /// <summary>A form with files (bytes) and texts (anything else).</summary>
    public static MultipartFormDataContent Form(params (string Name, object Value)[] parts)
    {
        MultipartFormDataContent form = [];
        foreach (var (name, value) in parts)
        {
            if (value is byte[] file)
                form.Add(File(file), name, "picture.png");
            else
                form.Add(new StringContent(value.ToString()!), name);
        }
        return form;
    }

    /// <summary>The job once it is in this state.</summary>
    public static async Task<Answer> UntilAsync(this HttpClient client, string job, string state)
    {
        for (int i = 0; i < 600; i++)
        {
            var answer = (await client.ReadAsync($"/api/jobs/{job}")).Expect(HttpStatusCode.OK);
            if (answer.String("state") == state)
                return answer;
            await Task.Delay(20);
        }
        throw new Xunit.Sdk.XunitException($"Job {job} did not become {state}.");
    }
}
