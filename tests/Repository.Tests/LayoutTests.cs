using Headgate.Repository.Blobs;

namespace Headgate.Repository.Tests;

public sealed class LayoutTests
{
    [Fact]
    public void FolderOf_WhenNoRepositoryIsThere_RemembersNothing()
    {
        using var folder = new TemporaryFolder();
        using var layout = new BlobLayout(new RepositoryOptions { DataDirectory = folder["data"], StorageDirectory = folder["storage"] });

        // What a client asks for costs memory only when it is there.
        Assert.NotSame(layout.FolderOf("acme", "/laptop/"), layout.FolderOf("acme", "/laptop/"));
        layout.FolderOf("acme", "/laptop/").Create();
        Assert.Same(layout.FolderOf("acme", "/laptop/"), layout.FolderOf("acme", "/laptop/"));
        Assert.NotSame(layout.FolderOf("acme", "/laptop/docs/"), layout.FolderOf("acme", "/laptop/docs/"));
        Assert.NotSame(layout.FolderOf("other", "/laptop/"), layout.FolderOf("other", "/laptop/"));
    }
}
