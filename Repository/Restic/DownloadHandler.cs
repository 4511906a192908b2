using System.Buffers;
using System.Text.Json;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using Headgate.Repository.Blobs;
using Microsoft.Net.Http.Headers;

namespace Headgate.Repository.Restic;

/// <summary>Objects and lists on their way to the tenant.</summary>
internal sealed class DownloadHandler(BlobStore store, RepositoryMetrics metrics)
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>GET or HEAD of an object; null is 200 or 206.</summary>
    public async Task<Refusal?> SendAsync(HttpContext context, ClientConnection connection, BlobKey key)
    {
        using var file = store.Open(key);
        if (file is null)
        {
            return Refusals.NotFound();
        }

        var size = RandomAccess.GetLength(file);
        var response = context.Response;
        var (from, count) = (0L, size);
        response.Headers.AcceptRanges = "bytes";
        switch (ReadRange(context.Request, size, out var first, out var last))
        {
            case RangeKind.Unsatisfiable:
                response.Headers.ContentRange = new ContentRangeHeaderValue(size).ToString();
                return new Refusal(RefusalReason.BadRange, StatusCodes.Status416RangeNotSatisfiable, ProblemCodes.Invalid,
                    $"The range lies outside the object, which has {size} bytes.", "range");
            case RangeKind.Part:
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = new ContentRangeHeaderValue(first, last, size).ToString();
                (from, count) = (first, last - first + 1);
                break;
            default:
                break;
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = count;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await CopyAsync(file, from, count, context, connection);
        }

        return null;
    }

    /// <summary>A list, in restic's version 1 (names) or 2 (names and sizes). Written as it is read, so that a million names take no memory.</summary>
    public async Task ListAsync(HttpContext context, ClientConnection connection, IEnumerable<BlobEntry> entries, bool withSizes)
    {
        context.Response.ContentType = withSizes ? "application/vnd.x.restic.rest.v2" : "application/vnd.x.restic.rest.v1";
        var output = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(output);
        json.WriteStartArray();
        foreach (var entry in entries)
        {
            if (withSizes)
            {
                json.WriteStartObject();
                json.WriteString("name", entry.Name);
                json.WriteNumber("size", entry.Size);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStringValue(entry.Name);
            }

            if (json.BytesPending >= ChunkBytes)
            {
                await FlushAsync();
            }
        }

        json.WriteEndArray();
        await FlushAsync();

        async Task FlushAsync()
        {
            var bytes = json.BytesPending;
            json.Flush();
            connection.WaitBegins();
            try
            {
                await output.FlushAsync(context.RequestAborted);
            }
            finally
            {
                connection.WaitEnds();
            }

            Sent(connection, bytes);
        }
    }

    /// <summary>What a <c>Range</c> asks of an object of this size; <paramref name="first"/> and <paramref name="last"/> lie in it for <see cref="RangeKind.Part"/>.</summary>
    internal static RangeKind ReadRange(HttpRequest request, long size, out long first, out long last)
    {
        (first, last) = (0, size - 1);

        // One range is what restic asks for. Several, or what is not understood, may be answered with the whole (RFC 9110, 14.2);
        // so is any range of an empty object, which Go's clients ask for routinely.
        if (size == 0
            || !RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range)
            || range.Unit != "bytes"
            || range.Ranges.Count != 1)
        {
            return RangeKind.Whole;
        }

        var part = range.Ranges.First();
        if (part.From is { } from)
        {
            first = from;
            last = Math.Min(part.To ?? last, last);
        }
        else
        {
            first = Math.Max(0, size - part.To!.Value);
        }

        return first < size && first <= last ? RangeKind.Part : RangeKind.Unsatisfiable;
    }

    private async Task CopyAsync(
        Microsoft.Win32.SafeHandles.SafeFileHandle file, long from, long count, HttpContext context, ClientConnection connection)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (count > 0)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(count, ChunkBytes)), from, context.RequestAborted);
                if (read == 0)
                {
                    throw new EndOfStreamException("The file is shorter than it was when the answer began.");
                }

                connection.WaitBegins();
                try
                {
                    await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                }
                finally
                {
                    connection.WaitEnds();
                }

                Sent(connection, read);
                from += read;
                count -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Sent(ClientConnection connection, int bytes)
    {
        connection.Counter?.Down(bytes);
        metrics.BytesDown(bytes);
    }

    internal enum RangeKind
    {
        Whole,
        Part,
        Unsatisfiable,
    }
}
