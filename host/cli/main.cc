#include <exception>

#include <rootlayer/error.hh>

#include "cli/application.hh"
#include "cli/standard_streams.hh"

using namespace rootlayer;

int main(int argc, char** argv) {
    cli::prepareStandardStreams();
    cli::Application application;
    try {
        const int status = application.run({argv + 1, argv + argc});
        cli::flushStdout();
        return status;
    } catch (const Error& error) {
        if (cli::isReaderGone(error)) cli::endBySigpipe();
        return application.tell(error);
    } catch (const std::exception& error) {
        return application.tell(
            Error(ErrorCode::Internal, error.what(), "report this as a bug in rootlayer"));
    }
}
