using Headgate.Portal.Provider.Downloads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Portal.Tests.Gateways;

public sealed class DownloadTests
{
    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("GATEWAY.TAR.GZ")]
    [InlineData("")]
    public void Serve_WhenTheNameIsNoneOfTheList_OpensNothing(string file) => Assert.IsType<NotFound<string>>(DownloadEndpoints.Serve(file, new OneArchive()));

    [Fact]
    public void Serve_WhenOffered_StreamsItUnderItsName()
    {
        var answer = Assert.IsType<FileStreamHttpResult>(DownloadEndpoints.Serve("gateway.tar.gz", new OneArchive()));
        Assert.Equal("gateway.tar.gz", answer.FileDownloadName);
    }

    private sealed class OneArchive : IDownloads
    {
        public Uri BaseAddress { get; } = new("https://edge.test:6181/downloads/");

        public IReadOnlyList<DownloadInfo> List() => [new("gateway", "linux-x64", "0.1.0", "gateway.tar.gz", new string('a', 64), 3)];

        public Stream? Open(string fileName) => fileName == "gateway.tar.gz" ? new MemoryStream([1, 2, 3]) : throw new InvalidOperationException("Only names of the list may be opened.");
    }
}
